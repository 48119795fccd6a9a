"use client";

import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { Empty } from "../kit/states.tsx";
import { keyOf } from "./tray-edit.ts";
import { TrayFooter } from "./tray-footer.tsx";
import { TrayLine } from "./tray-line.tsx";
import { TrayRefusals } from "./tray-refusals.tsx";
import { TrayResult } from "./tray-result.tsx";
import { TraySentence } from "./tray-sentence.tsx";
import { TrayTerms } from "./tray-terms.tsx";
import { type TrayReview, useTrayReview } from "./use-tray-review.ts";

/** The tray: what was collected as one diff, why, and one button; then the receipts of that one change. */
export function TraySheet({ env, onClose }: { env: string; onClose: () => void }) {
  const t = useTranslations("tray");
  const review = useTrayReview(env);
  const { tray, edits, inFlight } = review;
  const { sent } = tray.state;
  // What is answered for was seen; what is not stays under the mark.
  const putAway = () => {
    if (sent !== undefined && !inFlight) review.putAway();
  };
  const close = () => {
    putAway();
    onClose();
  };
  return (
    <Sheet
      title={t("title")}
      description={t("description", { env })}
      onClose={close}
      footer={
        inFlight || edits.length > 0 ? (
          <TrayFooter env={env} review={review} />
        ) : sent ? (
          <Button onClick={close}>{t("close")}</Button>
        ) : undefined
      }
    >
      <div className="flex flex-col gap-6" data-testid="tray">
        {sent && <TrayResult env={env} sent={sent} left={edits.length} onLeave={putAway} />}
        {edits.length > 0 && !inFlight && <Collected env={env} review={review} />}
        {edits.length === 0 && sent === undefined && <Empty title={t("empty")}>{t("emptyDetail")}</Empty>}
      </div>
    </Sheet>
  );
}

const SHOWN = 24;
const MORE = 100;

function Collected({ env, review }: { env: string; review: TrayReview }) {
  const t = useTranslations("tray");
  const { tray, edits, moved, plan } = review;
  const [shown, setShown] = useState(SHOWN);
  const [sure, setSure] = useState(false);
  // What somebody else moved stands first: it is what keeps the rest waiting.
  const ordered = useMemo(
    () => edits.toSorted((a, b) => Number(moved.has(keyOf(b))) - Number(moved.has(keyOf(a)))),
    [edits, moved],
  );
  return (
    <>
      <TraySentence review={review} />
      {moved.size > 0 && (
        <Callout tone="warning" role="alert" title={t("movedTitle", { count: moved.size })}>
          {t("movedDetail")}
        </Callout>
      )}
      <TrayRefusals review={review} />
      <ul className="flex flex-col border-line border-t" aria-label={t("edits")}>
        {ordered.slice(0, shown).map((entry) => (
          <TrayLine
            key={keyOf(entry)}
            entry={entry}
            theirs={moved.get(keyOf(entry))}
            dry={plan?.parts.find((part) => part.edits.some((one) => keyOf(one) === keyOf(entry)))?.dry}
            review={review}
          />
        ))}
      </ul>
      <div className="-mt-3 flex flex-wrap gap-3">
        {edits.length > shown && (
          <Button onClick={() => setShown(shown + MORE)}>
            {t("showMore", { count: Math.min(MORE, edits.length - shown) })}
          </Button>
        )}
        <Button
          tone="quiet"
          onClick={() => (sure ? tray.clear() : setSure(true))}
          onBlur={() => setSure(false)}
        >
          {sure ? t("discardSure", { count: edits.length }) : t("discardAll")}
        </Button>
      </div>
      <BlastRadius env={env} services={edits.map(({ edit }) => edit.service)} />
      <TrayTerms review={review} />
    </>
  );
}
