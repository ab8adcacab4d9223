(function () {
  'use strict';
  var form = document.getElementById('filter');
  var fields = ['text', 'verdict', 'level', 'suite'].map(function (name) { return form.elements[name]; });
  var count = document.getElementById('count');
  var title = '';
  var suites = Array.prototype.map.call(document.querySelectorAll('.board tbody'), function (body) {
    return {
      body: body, name: body.getAttribute('data-s'), hidden: false,
      rows: Array.prototype.map.call(body.querySelectorAll('tr.r'), function (row) {
        var head = row.cells[0].textContent.toLowerCase(), span = row.querySelector('th span');
        if (span) title = span.textContent.toLowerCase();
        return {
          row: row, hidden: false, text: body.getAttribute('data-s') + '/' + head + ' ' + title,
          cells: Array.prototype.map.call(row.querySelectorAll('a'), function (a) {
            return [a.className.slice(2), a.getAttribute('data-l') || '', a];
          })
        };
      })
    };
  });
  function set(thing, element, hidden) {
    if (thing.hidden !== hidden) { thing.hidden = hidden; element.hidden = hidden; }
  }
  function apply() {
    var text = fields[0].value.trim().toLowerCase(), verdict = fields[1].value, level = fields[2].value;
    var suite = fields[3].value, shown = 0;
    suites.forEach(function (one) {
      var any = false;
      one.rows.forEach(function (row) {
        var fits = (!suite || suite === one.name) && (!text || row.text.indexOf(text) >= 0);
        var hits = !fits ? [] : row.cells.filter(function (cell) {
          return (!verdict || cell[0] === verdict) && (!level || cell[1].indexOf(level) === 0);
        });
        fits = hits.length > 0;
        set(row, row.row, !fits);
        if (fits) { any = true; shown += hits.length; }
      });
      set(one, one.body, !any);
    });
    count.textContent = count.getAttribute('data-text').replace('{n}', shown);
  }
  function remember() {
    var state = fields.filter(function (field) { return field.value; }).map(function (field) {
      return field.name + '=' + encodeURIComponent(field.value);
    }).join('&');
    history.replaceState(null, '', state ? '#' + state : location.pathname + location.search);
  }
  function recall() {
    var state = location.hash.indexOf('=') > 0 ? new URLSearchParams(location.hash.slice(1)) : new URLSearchParams();
    fields.forEach(function (field) { field.value = state.get(field.name) || ''; if (field.selectedIndex < 0) field.value = ''; });
    apply();
  }
  form.addEventListener('input', function () { apply(); remember(); });
  form.addEventListener('submit', function (event) { event.preventDefault(); });
  form.addEventListener('reset', function () { setTimeout(function () { apply(); remember(); }); });
  window.addEventListener('hashchange', function () { if (location.hash.indexOf('=') > 0) recall(); });
  form.hidden = false;
  recall();
})();
