// A linked queue with methods: objects that come and go, one at a time.
function Queue() { this.head = null; this.tail = null; this.count = 0; }
Queue.prototype.put = function (v) { var link = {value: v, next: null}; if (this.tail == null) this.head = link; else this.tail.next = link; this.tail = link; this.count++; };
Queue.prototype.take = function () { var link = this.head; this.head = link.next; if (this.head == null) this.tail = null; this.count--; return link.value; };
function run(n) { var q = new Queue(); var s = 0; for (var i = 0; i < n; i++) { q.put(i); q.put(i * 2); s = (s + q.take()) % 1000003; if (q.count > 50) { while (q.count > 0) s = (s + q.take()) % 1000003; } } return s; }
var t = getTimer(); trace("queue " + run(N)); trace("ms:" + (getTimer() - t));
