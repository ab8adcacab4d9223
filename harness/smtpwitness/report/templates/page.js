(function () {
  'use strict';
  var root = document.documentElement, button = document.getElementById('theme'), told = document.getElementById('told');
  var system = matchMedia('(prefers-color-scheme:dark)'), chosen = '';
  // Light or dark is one rule for media: it is told another condition, and paper, whose rule stands later, stays white.
  function each(rules, act) {
    for (var i = 0; i < rules.length; i++) {
      if (rules[i].media && rules[i].of) act(rules[i]);
      else if (rules[i].media && rules[i].media.mediaText.indexOf('prefers-color-scheme') >= 0) {
        rules[i].of = rules[i].media.mediaText;
        act(rules[i]);
      }
    }
  }
  function paint() {
    for (var i = 0; i < document.styleSheets.length; i++) each(document.styleSheets[i].cssRules, function (rule) {
      rule.media.mediaText = chosen ? chosen === 'dark' ? 'all' : 'not all' : rule.of;
    });
    document.styleSheets[0].cssRules[0].style.colorScheme = chosen || 'light dark';
    button.setAttribute('aria-pressed', String(chosen ? chosen === 'dark' : system.matches));
  }
  try { chosen = localStorage.getItem('smtpwitness-theme') || ''; } catch (e) { /* a browser that keeps nothing */ }
  button.addEventListener('click', function () {
    var dark = button.getAttribute('aria-pressed') !== 'true';
    chosen = dark === system.matches ? '' : dark ? 'dark' : 'light';
    try { localStorage.setItem('smtpwitness-theme', chosen); } catch (e) { /* then for this page only */ }
    paint();
  });
  system.addEventListener('change', paint);
  paint();
  button.hidden = false;
  // What is copied is what is shown, without the remarks that stand between octets.
  function text(element) {
    var copy = element.cloneNode(true), lines;
    copy.querySelectorAll('.mark,.more').forEach(function (one) { one.remove(); });
    lines = copy.querySelectorAll('.ln');
    return lines.length ? [].map.call(lines, function (one) { return one.textContent; }).join('\n') : copy.textContent;
  }
  function put(what) {
    if (navigator.clipboard) return navigator.clipboard.writeText(what);
    var area = document.createElement('textarea');
    area.value = what;
    document.body.appendChild(area).select();
    var done = document.execCommand('copy');
    area.remove();
    return done ? Promise.resolve() : Promise.reject();
  }
  addEventListener('DOMContentLoaded', function () {
    paint();
    document.querySelectorAll('pre,code.block').forEach(function (one) {
      var box = document.createElement('div'), copy = document.createElement('button');
      box.className = 'copying';
      copy.textContent = button.dataset.copy;
      copy.type = 'button';
      copy.addEventListener('click', function () {
        put(text(one)).then(function () {
          copy.textContent = told.textContent = button.dataset.copied;
          setTimeout(function () { copy.textContent = button.dataset.copy; told.textContent = ''; }, 1500);
        }, function () { getSelection().selectAllChildren(one); });
      });
      one.replaceWith(box);
      box.append(one, copy);
    });
  });
})();
