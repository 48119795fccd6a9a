import { ToStart } from "../ui/frame/to-start.tsx";

export default function RootPage() {
  return <ToStart />;
}
