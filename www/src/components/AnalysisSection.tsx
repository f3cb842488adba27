import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { later } from "../later";
import { opened, phase } from "../store";

const Panel = later(async () => (await import("../analysis/Panel")).Panel);

/** It is fetched a little before it is seen. */
const AHEAD = "400px";

/** Plots of what is on show, fetched when somebody comes near them. */
export function AnalysisSection() {
  const section = useRef<HTMLElement>(null);
  const near = useSignal(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => (near.value ||= entry?.isIntersecting ?? false), {
      rootMargin: AHEAD,
    });
    if (section.current) observer.observe(section.current);
    return () => observer.disconnect();
  }, []);
  useSignalEffect(() => {
    // Who follows a link to a plot wants to see it.
    if (opened.plot && phase.value === "ready") requestAnimationFrame(() => section.current?.scrollIntoView());
  });
  return (
    <section ref={section} class="analysis" aria-labelledby="title-analysis">
      <h2 id="title-analysis">Behind the picture</h2>
      {near.value && phase.value === "ready" && <Panel />}
    </section>
  );
}
