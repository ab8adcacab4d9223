(function () {
  'use strict';
  var form = document.getElementById('filter');
  var fields = ['text', 'verdict', 'level', 'suite'].map(function (name) { return form.elements[name]; });
  var count = document.getElementById('count');
  var all = Array.prototype;
  function lower(element) { return element.textContent.toLowerCase(); }
  // Everything is read once: a group of rows, its suite and the group with that suite's heading; for each row its
  // text and its cases with verdict, level and client.
  var groups = [];
  all.forEach.call(document.querySelectorAll('.board'), function (table) {
    var clients = all.map.call(table.tHead.rows[0].cells, lower), head = null, title = '';
    all.forEach.call(table.tBodies, function (body) {
      var suite = body.getAttribute('data-s'), group = { body: body, suite: suite, hidden: false };
      head = group.head = body.querySelector('.s') ? group : head;
      group.rows = all.map.call(body.querySelectorAll('.r'), function (row) {
        var name = row.cells[0], span = name.querySelector('span');
        if (span) title = lower(span);
        return {
          row: row, hidden: false, height: span ? 51 : 30, text: suite + '/' + lower(name) + ' ' + title,
          cases: all.map.call(row.querySelectorAll('a'), function (a) {
            return [a.className.slice(2), a.getAttribute('data-l') || '', clients[a.parentNode.cellIndex]];
          })
        };
      });
      groups.push(group);
    });
  });
  function set(thing, element, hidden) {
    if (thing.hidden !== hidden) thing.hidden = element.hidden = hidden;
  }
  function apply() {
    var text = fields[0].value.trim().toLowerCase(), verdict = fields[1].value, level = fields[2].value;
    var suite = fields[3].value, shown = 0;
    groups.forEach(function (group) {
      group.height = 0;
      group.any = false;
      group.rows.forEach(function (row) {
        var named = !text || row.text.indexOf(text) >= 0;
        var hits = suite && suite !== group.suite ? 0 : row.cases.filter(function (one) {
          return (named || one[2].indexOf(text) >= 0) && (!verdict || one[0] === verdict) &&
            (!level || one[1].indexOf(level) === 0);
        }).length;
        set(row, row.row, !hits);
        if (hits) { group.any = group.head.any = true; group.height += row.height; shown += hits; }
      });
    });
    groups.forEach(function (group) {
      set(group, group.body, !group.any);
      if (group.any) group.body.style.setProperty('--h', group.height);
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
