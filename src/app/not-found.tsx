import { NotFound } from "../ui/frame/not-found.tsx";

export default function Page() {
  return <NotFound />;
}
