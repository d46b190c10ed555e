// Real programs under policies for the network: a server and its client, and looking up names.

package integration

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// python finds an interpreter that is a program and not a script.
func python(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Skipf("no python3: %v", err)
	}
	return strings.TrimSpace(string(out))
}

const serveAndFetch = `
import http.server, socket, sys, threading, urllib.request
good, bad = int(sys.argv[1]), int(sys.argv[2])
server = http.server.ThreadingHTTPServer(("127.0.0.1", good), http.server.BaseHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
try: urllib.request.urlopen("http://127.0.0.1:%d/" % good)
except urllib.error.HTTPError as e: print("answered", e.code)
def attempt(name, f):
    try: f(); print(name, "ok")
    except OSError as e: print(name, e.strerror)
attempt("other port", lambda: socket.create_connection(("127.0.0.1", bad)))
attempt("other address", lambda: socket.create_connection(("127.0.0.2", good)))
attempt("all addresses", lambda: socket.socket().bind(("0.0.0.0", bad)))
attempt("listen unbound", lambda: socket.socket().listen())
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
attempt("UDP", lambda: u.connect(("127.0.0.1", 9)))
attempt("UDP elsewhere", lambda: u.connect(("127.0.0.1", good)))
attempt("sendmsg elsewhere", lambda: u.sendmsg([b"x"], [], 0, ("127.0.0.1", good)))
server.shutdown()
`

// A server with threads and its client in one program, with lists of both protocols.
func TestServerAndClient(t *testing.T) {
	bad := listen(t, "tcp", "127.0.0.1:0")
	probe := listen(t, "tcp", "127.0.0.1:0")
	good := port(probe)
	probe.Close()
	c := networked(t, fmt.Sprintf(`{connect: ["127.0.0.1:%s", "127.0.0.1:9/udp"], bind: ["127.0.0.1:%s"]}`, good, good))
	got := jailed(t, c, python(t), "-c", serveAndFetch, good, port(bad))
	want := `answered 501
other port Permission denied
other address Permission denied
all addresses Permission denied
listen unbound Permission denied
UDP ok
UDP elsewhere Permission denied
sendmsg elsewhere Permission denied
`
	var lines []string
	for line := range strings.Lines(got.Output) {
		if !strings.Contains(line, "] ") { // the server's log
			lines = append(lines, line)
		}
	}
	if out := strings.Join(lines, ""); out != want {
		t.Errorf("%v\n%s\nwant\n%s", got.Status, got.Output, want)
	}
	if n := bad.came(t); n != 0 {
		t.Errorf("%d connections to the port that is not listed", n)
	}
}

// Without a network names are not found, which is an answer and no wait.
func TestNamesWithoutNetwork(t *testing.T) {
	got := jailed(t, networked(t, "none"), python(t), "-c", `
import socket
try: socket.getaddrinfo("example.com", 80)
except socket.gaierror as e: print("not found")
print(socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4])
a, b = socket.socketpair()
a.send(b"x")
print(b.recv(1))
`)
	if want := "not found\n('127.0.0.1', 80)\nb'x'\n"; got.Output != want {
		t.Errorf("%q, %v; want %q", got.Output, got.Status, want)
	}
}
