import { LOCALE_KEY } from "./locale.ts";

/** Runs before the first paint: hides the English shell where another language is coming. */
export const LOCALE_SCRIPT = `(function(){try{var s=localStorage.getItem(${JSON.stringify(LOCALE_KEY)});var l=s||(navigator.languages||[])[0]||"en";if(/^zh/i.test(l))document.documentElement.dataset.localePending=""}catch(e){}})()`;
