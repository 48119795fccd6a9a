import { NotFound } from "../ui/frame/not-found.tsx";
import { PageMessages } from "../ui/locale/locale-provider.tsx";
import { partOf } from "../ui/messages/parts.ts";

export default function Page() {
  return (
    <PageMessages english={partOf("notFound")}>
      <NotFound />
    </PageMessages>
  );
}
