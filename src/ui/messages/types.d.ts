import type { Locale } from "../locale/locale.ts";
import type messages from "./en.json";

/**
 * Two levels are known by name, what is deeper is any text: namespaces times messages would be more pairs than the
 * compiler combines (100,000).
 */
type Known<Tree> = { [Key in keyof Tree]: Tree[Key] extends string ? string : { [key: string]: string } };

declare module "next-intl" {
  interface AppConfig {
    Locale: Locale;
    Messages: { [Key in keyof typeof messages]: Known<(typeof messages)[Key]> };
  }
}
