// Products of small matrices: arrays of arrays, numbers, calls.
function make(n, seed) { var m = []; for (var y = 0; y < n; y++) { var r = []; for (var x = 0; x < n; x++) r[x] = (x * seed + y) % 7; m[y] = r; } return m; }
function multiply(a, b, n) { var c = []; for (var y = 0; y < n; y++) { var r = []; for (var x = 0; x < n; x++) { var s = 0; for (var k = 0; k < n; k++) s += a[y][k] * b[k][x]; r[x] = s; } c[y] = r; } return c; }
var t = getTimer(); var a = make(24, 3); var b = make(24, 5); var c = a; for (var i = 0; i < N; i++) c = multiply(a, b, 24); var s = 0; for (i = 0; i < 24; i++) s += c[i][23 - i]; trace("matrix " + s); trace("ms:" + (getTimer() - t));
