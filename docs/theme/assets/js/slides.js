// @ts-check
"use strict";
// Turns from slide to slide by the keys that remote controls for slides send. A slide's result unfolds before the next
// slide comes. What does not fit into the window is scrolled first, and all other keys scroll as they do everywhere.
{
  const FORWARD = ["ArrowRight", "PageDown"];
  const BACK = ["ArrowLeft", "PageUp"];
  const SLACK = 2; // of a pixel that was rounded
  const slides = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".slide")]);

  /** How far below its place at the top of the window a slide stands. @param {HTMLElement} slide */
  const below = (slide) => slide.getBoundingClientRect().top - parseFloat(getComputedStyle(slide).scrollMarginTop);

  /** Where a key means something else: in a field, and in what it would scroll. @param {Element} target */
  const isTaken = (target) => {
    const scrolling = target.scrollWidth > target.clientWidth && getComputedStyle(target).overflowX !== "visible";
    return target.matches("input, select, textarea, dialog, dialog *") || (target.matches("[tabindex]") && scrolling);
  };

  /** @param {HTMLElement | undefined} slide */
  const turn = (slide) => {
    if (!slide) return false;
    slide.tabIndex = -1;
    slide.focus({ preventScroll: true }); // the Tab key goes on from here
    slide.scrollIntoView();
    return true;
  };

  /** Whether a step forward was taken. @param {boolean} byPage */
  const forward = (byPage) => {
    const here = slides.findLastIndex((slide) => below(slide) <= SLACK);
    const result = /** @type {HTMLDetailsElement | null | undefined} */ (slides[here]?.querySelector(".result:not([open])"));
    if (byPage && here >= 0 && slides[here].getBoundingClientRect().bottom > innerHeight + SLACK) return false;
    if (result) return (result.open = true);
    return turn(slides[here + 1]);
  };

  /** Whether a step back was taken. @param {boolean} byPage */
  const back = (byPage) => {
    const here = slides.findLastIndex((slide) => below(slide) <= SLACK);
    const isInside = here >= 0 && below(slides[here]) < -SLACK;
    if (isInside && byPage) return false;
    return turn(slides[isInside ? here : here - 1]);
  };

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!(target instanceof Element) || isTaken(target)) return;
    const step = FORWARD.includes(key) ? forward : BACK.includes(key) ? back : undefined;
    if (step?.(key.startsWith("Page"))) event.preventDefault();
  });
}
