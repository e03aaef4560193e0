// The frame of the page: style and script are written here, once, and nothing is loaded from elsewhere.
#include <fmt/format.h>

#include "report/html.h"
#include "report/sections.h"

namespace seq {
namespace {

// The palette follows Okabe & Ito (2008), darkened on white and lightened on black until each keeps a contrast of 3:1.
constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--panel:#f7f8fa;--ink:#1b1f24;--soft:#5c6670;--line:#e3e6ea;--axis:#9aa3ad;
--hint:#fff4d6;--c0:#0072b2;--c1:#d55e00;--c2:#00855f;--c3:#b8568f;--c4:#a07800;--c5:#2f9bd6;--c6:#6f54b5;--c7:#5f6871;--heat:.72}
@media(prefers-color-scheme:dark){:root{--bg:#14171b;--panel:#1c2025;--ink:#e7eaee;--soft:#9ca6b1;--line:#2b3138;
--axis:#69737e;--hint:#3a3016;--c0:#58a9f0;--c1:#ff8b4d;--c2:#35c598;--c3:#e69cc8;--c4:#edc04f;--c5:#93d5ff;--c6:#b7a0ee;
--c7:#aab3bd;--heat:.56}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1240px;padding:36px 28px 24px;background:var(--bg);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",sans-serif}
h1{font-size:27px;line-height:1.2;margin:0 0 22px;overflow-wrap:anywhere}
h2{font-size:18px;margin:0 0 10px}h3{font-size:15px;margin:18px 0 8px}
.brand{margin:0 0 2px;font-size:12px;letter-spacing:.09em;text-transform:uppercase;color:var(--soft)}
section{margin:0 0 36px}footer{color:var(--soft);font-size:12px;border-top:1px solid var(--line);padding-top:10px}
.note,small{color:var(--soft)}
.c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}
.c4{color:var(--c4)}.c5{color:var(--c5)}.c6{color:var(--c6)}.c7{color:var(--c7)}
.swatch{display:inline-block;width:11px;height:11px;border-radius:3px;background:currentColor;margin-right:7px}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(172px,1fr));gap:12px}
.tiles div{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:12px 15px}
.tiles b{display:block;font-size:21px;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tiles span{color:var(--soft);font-size:13px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{padding:7px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{color:var(--soft);font-weight:500;font-size:13px;vertical-align:bottom}
.summary tbody th{font-weight:600;overflow-wrap:anywhere;min-width:200px}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}thead .number{white-space:normal}
.leads{font-weight:700;background:var(--hint)}
.config{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
.config tbody th{font-weight:400;color:var(--soft);white-space:nowrap;width:1%}.config td{overflow-wrap:anywhere}
.config thead th{font-family:inherit}.differs td{background:var(--hint)}
details{margin-top:10px}summary{cursor:pointer;color:var(--soft);padding:4px 0}
.legend{display:flex;flex-wrap:wrap;gap:4px 20px;margin:0 0 6px;font-size:14px;align-items:baseline}
.tabs{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 5px}.tabs h2{flex:1}.tabs .legend,.tab{flex:0 0 100%}
.tabs input{position:absolute;opacity:0}
.tabs label{padding:3px 12px;border:1px solid var(--line);border-radius:99px;font-size:13px;color:var(--soft);cursor:pointer;background:var(--bg)}
.tabs input:checked+label{background:var(--ink);border-color:var(--ink);color:var(--bg)}
.tabs input:focus-visible+label{outline:2px solid var(--c0);outline-offset:2px}
.tabs input~.tab{display:none}#over0:checked~.tab:nth-of-type(1),#over1:checked~.tab:nth-of-type(2),
#over2:checked~.tab:nth-of-type(3){display:block}
.tab{overflow-x:auto}.tab .chart{min-width:640px}
.grid2{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:22px}
.grid3{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,360px),1fr));gap:22px}
figure{margin:0}figcaption{font-weight:600;font-size:14px;margin-bottom:4px}figcaption small{font-weight:400}
.chart{display:block;width:100%;height:auto;overflow:visible;font:12px system-ui,sans-serif;touch-action:pan-y}
.chart text{fill:var(--soft)}.chart .title{font-size:13px}.chart .best{fill:var(--ink);font-size:13px;font-weight:600}
.middle{text-anchor:middle}.end{text-anchor:end}
.grid{stroke:var(--line);fill:none}.axis{stroke:var(--axis);fill:none}
.line path,.pale path{fill:none;stroke:currentColor;stroke-width:1.9;stroke-linejoin:round;stroke-linecap:round}
.pale path{stroke-width:1.1;opacity:.45}.line circle,.pale circle{fill:currentColor}
.dashed path{stroke-dasharray:6 4}
.region{fill:currentColor;shape-rendering:crispEdges}.bare .grid{display:none}.border{fill:none;stroke:var(--ink);stroke-width:1.2;opacity:.6}
.dots circle{fill:currentColor;stroke:var(--bg);stroke-width:.9}
.rings circle{fill:var(--bg);stroke:currentColor;stroke-width:2}
.heat{display:block;font:12px system-ui,sans-serif}.heat text{fill:var(--soft)}.heat .title{font-size:13px}
.heat rect{fill:currentColor;fill-opacity:calc(.05 + var(--v)*var(--heat))}
.heat .count,.heat .small{fill:var(--ink);font-size:11px}.heat .count{font-size:14px;font-weight:600}
.beside{display:flex;flex-wrap:wrap;gap:16px 36px;align-items:flex-start}
.tall{flex:1 1 330px;max-width:660px;max-height:620px;overflow-y:auto}h4{font-size:14px;margin:18px 0 6px}
.mistakes{margin:0;padding-left:2.2em}.mistakes li{margin:0 0 12px}.mistakes p{margin:0}
.mistakes .text{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:8px 12px;margin-top:3px;
font-size:14px;white-space:pre-wrap;overflow-wrap:anywhere;max-height:13em;overflow-y:auto}
.attended span{border-radius:3px;padding:1px 2px;background:rgb(213 94 0/calc(var(--a)*.6))}
.ramp{display:inline-block;width:90px;height:.8em;border-radius:3px;margin:0 4px;
background:linear-gradient(90deg,rgb(213 94 0/0),rgb(213 94 0/.6))}
.ring circle{fill:var(--bg);fill-opacity:.35;stroke:currentColor;stroke-width:2.4}
.cursor{stroke:var(--axis);stroke-dasharray:3 3;pointer-events:none}.spot{fill:currentColor;stroke:var(--bg);stroke-width:1.5;
pointer-events:none}
#tip{position:fixed;z-index:9;pointer-events:none;background:var(--panel);border:1px solid var(--line);border-radius:8px;
padding:7px 11px;font-size:13px;box-shadow:0 4px 18px #0003;display:none;max-width:min(420px,90vw)}
#tip b{font-variant-numeric:tabular-nums;margin-left:10px;float:right}#tip div{white-space:nowrap}
.samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:14px}
.sample{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:11px 15px;min-width:0}
.sample figcaption{color:var(--soft);font-weight:500;font-size:13px}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;max-height:20em;overflow-y:auto;
font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media print{body{max-width:none;padding:0}.tabs label{display:none}pre,.tall,.mistakes .text{max-height:none}}
)css";

// Shows the values of all curves at the point nearest to the pointer. Text enters by textContent only.
constexpr const char* kScript = R"js(
(() => {
  const tip = document.body.appendChild(document.createElement('div'));
  tip.id = 'tip';
  const make = (svg, name, attributes) => {
    const node = svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', name));
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    return node;
  };
  const round = x => x.toLocaleString('en-US', {maximumSignificantDigits: Number.isInteger(x) ? 12 : 4});
  for (const svg of document.querySelectorAll('svg.chart')) {
    const box = svg.dataset.box.split(' ').map(Number);
    const curves = [...svg.querySelectorAll('[data-points]')].map(g => ({
      name: g.dataset.name, colour: g.classList[1],
      points: g.dataset.points.trim().split(' ').map(p => p.split(',').map(Number))}));
    let extras = [];
    const clear = () => { extras.forEach(n => n.remove()); extras = []; tip.style.display = 'none'; };
    svg.addEventListener('pointerleave', clear);
    svg.addEventListener('pointermove', event => {
      clear();
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      if (at.x < box[0] - 8 || at.x > box[2] + 8 || !curves.length) return;
      const near = x => c => c.points.reduce((a, b) => Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a);
      const found = curves.map(near(at.x));
      const x = found.reduce((a, b) => Math.abs(b[0] - at.x) < Math.abs(a[0] - at.x) ? b : a);
      extras.push(make(svg, 'path', {class: 'cursor', d: `M${x[0]} ${box[1]}V${box[3]}`}));
      const head = document.createElement('div');
      head.textContent = svg.getAttribute('aria-label').split(' by ').pop() + ' ' + round(x[2]);
      tip.replaceChildren(head);
      curves.forEach((curve, i) => {
        const p = near(x[0])(curve);
        if (Math.abs(p[0] - x[0]) > 30) return;
        extras.push(make(svg, 'circle', {class: 'spot ' + curve.colour, cx: p[0], cy: p[1], r: 4}));
        const row = tip.appendChild(document.createElement('div'));
        const swatch = row.appendChild(document.createElement('i'));
        swatch.className = 'swatch ' + curve.colour;
        row.append(curve.name);
        row.appendChild(document.createElement('b')).textContent = round(p[3]);
      });
      tip.style.display = 'block';
      const right = event.clientX + 18 + tip.offsetWidth > innerWidth;
      tip.style.left = (right ? event.clientX - 18 - tip.offsetWidth : event.clientX + 18) + 'px';
      tip.style.top = Math.max(4, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 4)) + 'px';
    });
  }
})();
)js";

}  // namespace

std::string html_page(const std::string& title, const std::string& body) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         escape_html(title) + " · seqtool</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n" + body +
         "<script>" + kScript + "</script>\n</body>\n</html>\n";
}

}  // namespace seq
