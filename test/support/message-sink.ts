import { createServer, type Server as HttpServer, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";

export interface TakenMessage {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A real HTTP server that takes messages, and answers as it is told to. */
export class WebhookSink implements AsyncDisposable {
  readonly taken: TakenMessage[] = [];
  /** What it answers next: status and body. */
  answer: { status: number; body: string; location?: string } = { status: 200, body: "{}" };
  readonly #server: HttpServer;

  private constructor(server: HttpServer) {
    this.#server = server;
  }

  static async start(): Promise<WebhookSink> {
    const server = createServer();
    const sink = new WebhookSink(server);
    server.on("request", (request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        sink.taken.push({ url: request.url ?? "", headers: request.headers, body: JSON.parse(text) });
        const { status, body, location } = sink.answer;
        response.writeHead(status, location === undefined ? {} : { location }).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Speaks as much SMTP (RFC 5321) as a mail needs, and keeps what it was given. */
export class MailSink implements AsyncDisposable {
  readonly mails: { readonly to: readonly string[]; readonly text: string }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<MailSink> {
    const server = createTcpServer();
    const sink = new MailSink(server);
    server.on("connection", (socket) => sink.#serve(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return sink;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    let to: string[] = [];
    let unread = "";
    let inData = false;
    say("220 sink");
    socket.on("data", (part: Buffer) => {
      unread += part.toString();
      for (;;) {
        const mark = inData ? "\r\n.\r\n" : "\r\n";
        const at = unread.indexOf(mark);
        if (at < 0) return;
        const line = unread.slice(0, at);
        unread = unread.slice(at + mark.length);
        if (inData) {
          this.mails.push({ to, text: line });
          to = [];
          inData = false;
          say("250 taken");
        } else if (/^DATA/i.test(line)) {
          inData = true;
          say("354 go on");
        } else {
          if (/^RCPT TO:/i.test(line)) to.push(line.slice(8).replaceAll(/[<>\s]/g, ""));
          say(/^QUIT/i.test(line) ? "221 bye" : "250 ok");
        }
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
