import { ToSwitches } from "../ui/frame/to-switches.tsx";

export default function RootPage() {
  return <ToSwitches />;
}
