"""Rules of accessibility, checked in the page itself."""

from playwright.sync_api import Page

RULES = """() => {
  const wrong = [];
  const shown = (e) => e.checkVisibility() && !e.closest('[inert], [aria-hidden=true]');
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  const report = (rule, e) => wrong.push(rule + ': ' + e.outerHTML.slice(0, 160));
  const text = (ids) => (ids || '').split(/\\s+/).filter(Boolean)
      .map((id) => document.getElementById(id)?.textContent || '').join(' ').trim();
  const named = (e) => (text(e.getAttribute('aria-labelledby')) || e.getAttribute('aria-label') ||
      [...(e.labels || [])].map((label) => label.textContent).join(' ') ||
      (e.matches('button, a, summary') && (e.textContent.trim() ||
        [...e.querySelectorAll('img[alt]')].map((img) => img.alt).join(' '))) ||
      e.title || '').trim();

  if (!document.documentElement.lang) wrong.push('the page names no language');
  if (!document.title.trim()) wrong.push('the page has no title');
  if (all('main').length !== 1) wrong.push('there is not exactly one main landmark');
  if (all('h1').length !== 1) wrong.push('there is not exactly one h1');

  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids.filter((id, n) => ids.indexOf(id) !== n)))
    wrong.push('duplicate id ' + id);
  for (const name of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for', 'form'])
    for (const e of document.querySelectorAll(`[${name}]`))
      for (const id of e.getAttribute(name).split(/\\s+/))
        if (!document.getElementById(id)) report(name + ' points nowhere', e);

  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) report('heading skips a level', heading);
    level = next;
  }
  for (const e of all('button, a[href], summary, select, textarea, input:not([type=hidden])'))
    if (!named(e)) report('control without a name', e);
  for (const e of all('progress, meter, dialog, nav ~ nav'))
    if (!named(e)) report('without a name', e);
  for (const img of all('img:not([alt])')) report('picture without alt', img);
  for (const e of all('[tabindex]')) if (e.tabIndex > 0) report('tabindex over 0', e);
  for (const e of all('main *'))
    if (e.matches('button, a[href]') && e.querySelector('button, a[href]'))
      report('control inside a control', e);
  return wrong;
}"""


def faults(page: Page) -> list[str]:
    """One line for each rule that the page breaks."""
    broken: list[str] = page.evaluate(RULES)
    return broken


def sideways_scroll(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    pixels: int = page.evaluate(
        "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
    )
    return pixels


SMALL = """(least) => [...document.querySelectorAll(
    '.button, .tile-button, .tile-select, .site-head nav a, .piles a, select')]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }))
  .map((e) => [e, e.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < least)
  .map(([e, box]) => `${box.width} x ${box.height}: ${e.outerHTML.slice(0, 160)}`)"""


def small_targets(page: Page, least: float = 44) -> list[str]:
    """One line for each button that is smaller than a finger needs, in CSS pixels."""
    small: list[str] = page.evaluate(SMALL, least)
    return small
