// Mistakes in the sections about files, network, limits, environment and rights.

package policy

import "strings"

// badSections are mistakes in them.
func badSections() []bad {
	all := append(badPaths(), badNetwork()...)
	return append(append(all, badLimits()...), badGiven()...)
}

// badPaths are mistakes in filesystem.
func badPaths() []bad {
	fs := func(s string) string { return head + "filesystem: {" + s + "}\n" }
	return []bad{
		{"filesystem is a list", head + "filesystem: [/]\n", is(ErrType)},
		{"filesystem is empty", head + "filesystem: {}\n", is(ErrMissingKey)},
		{"filesystem null", head + "filesystem:\n", is(ErrType)},
		{"misspelt list", fs("raed: [/]"), is(ErrUnknownKey)},
		{"read is empty", fs("read: []"), is(ErrValue)},
		{"read is a map", fs("read: {/: 1}"), is(ErrType)},
		{"path null", fs("read: [~]"), is(ErrType)},
		{"path empty", fs(`read: [""]`), is(ErrValue)},
		{"path is a number file", fs("read: [5]"), is(ErrType)},
		{"path relative", fs("read: [src]"), is(ErrValue)},
		{"path relative with dot", fs("read: [./src]"), is(ErrValue)},
		{"path with dots in it", fs("read: [/usr/../etc]"), is(ErrValue)},
		{"path with dots at its end", fs(`read: ["{cwd}/.."]`), is(ErrValue)},
		{"path with a dot in it", fs("read: [/usr/./lib]"), is(ErrValue)},
		{"path with two slashes together", fs("read: [/usr//lib]"), is(ErrValue)},
		{"path of another user", fs(`read: ["~bob/x"]`), is(ErrValue)},
		{"path with an unknown placeholder", fs(`read: ["{home}/x"]`), is(ErrValue)},
		{"path with a misspelt placeholder", fs(`read: ["{cmd}/x"]`), is(ErrValue)},
		{"path with a placeholder in it", fs(`read: ["/x/{cwd}"]`), is(ErrValue)},
		{"path with a bare $", fs("read: [$/x]"), is(ErrValue)},
		{"path with $ and a number", fs("read: [$1/x]"), is(ErrValue)},
		{"path with a variable not closed", fs(`read: ["${HOME/x"]`), is(ErrValue)},
		{"glob in read", fs(`read: ["/usr/*"]`), is(ErrValue)},
		{"glob in write", fs(`write: ["{cwd}/?"]`), is(ErrValue)},
		{"** within a component", fs(`read: [/], deny: ["/usr/**.so"]`), is(ErrValue)},
		{"many **", fs(`read: [/], deny: ["/**/a/**/b/**/c/**/d/**"]`), is(ErrValue)},
		{"path too long for the kernel", fs("read: [" + strings.Repeat("/x", 2048) + "]"), is(ErrTooBig)},
		{"path twice", fs("read: [/usr, /usr/]"), is(ErrValue)},
		{"path written and denied", fs("write: [/srv], deny: [/srv]"), is(ErrContradiction)},
		{"path read and denied, written differently", fs("read: [/srv/], deny: [/srv]"), is(ErrContradiction)},
		{"path protected and written", fs("write: [/srv], protect: [/srv]"), is(ErrContradiction)},
		{"tmp", fs("tmp: privat"), is(ErrUnknownName)},
		{"dev", fs("dev: none"), is(ErrUnknownName)},
		{"too many paths", fs("read: [" + strings.Repeat("/x, ", maxRules+1) + "]"), is(ErrTooBig)},
	}
}

// badNetwork are mistakes in network and outgoing.
func badNetwork() []bad {
	connect := func(s string) string { return head + "network: {connect: [\"" + s + "\"]}\n" }
	return []bad{
		{"network is a list", head + "network: [any]\n", is(ErrType)},
		{"network off", head + "network: off\n", is(ErrUnknownName)},
		{"network misspelt", head + "network: lopback\n", is(ErrUnknownName)},
		{"network null", head + "network:\n", is(ErrType)},
		{"network empty", head + "network: {}\n", is(ErrMissingKey)},
		{"address without port", connect("203.0.113.7"), is(ErrValue)},
		{"address of IPv6 without port", connect("2001:db8::1"), is(ErrValue)},
		{"address in brackets without port", connect("[2001:db8::1]"), is(ErrValue)},
		{"prefix without brackets", connect("2001:db8::/32:443"), is(ErrValue)},
		{"IPv4 in brackets", connect("[10.0.0.1]:80"), is(ErrValue)},
		{"bracket not closed", connect("[::1:80"), is(ErrValue)},
		{"port 0", connect("10.0.0.1:0"), is(ErrNumber)},
		{"port 65536", connect("10.0.0.1:65536"), is(ErrNumber)},
		{"port of many digits", connect("10.0.0.1:99999999999999999999999"), is(ErrNumber)},
		{"port by name", connect("10.0.0.1:https"), is(ErrValue)},
		{"port *", connect("10.0.0.1:*"), is(ErrValue)},
		{"port empty", connect("10.0.0.1:"), is(ErrValue)},
		{"port negative", connect("10.0.0.1:-5"), is(ErrValue)},
		{"ports backwards", connect("10.0.0.1:90-80"), is(ErrNumber)},
		{"ports from 0", connect("10.0.0.1:0-80"), is(ErrNumber)},
		{"ports without end", connect("10.0.0.1:80-"), is(ErrValue)},
		{"protocol", connect("10.0.0.1:80/sctp"), is(ErrValue)},
		{"host by name", connect("example.com:443"), is(ErrValue)},
		{"localhost", connect("localhost:80"), is(ErrValue)},
		{"no host", connect(":443"), is(ErrValue)},
		{"five bytes", connect("1.2.3.4.5:80"), is(ErrValue)},
		{"byte too big", connect("1.2.3.256:80"), is(ErrValue)},
		{"host bits", connect("10.1.2.3/8:80"), is(ErrValue)},
		{"host bits of IPv6", connect("[2001:db8::1/32]:80"), is(ErrValue)},
		{"prefix too long", connect("10.0.0.0/33:80"), is(ErrNumber)},
		{"prefix no number", connect("10.0.0.0/x:80"), is(ErrNumber)},
		{"interface", connect("[fe80::1%eth0]:80"), is(ErrValue)},
		{"IPv4 in IPv6", connect("[::ffff:10.0.0.1]:80"), is(ErrValue)},
		{"very long address", connect(strings.Repeat("1", 5000)), is(ErrTooBig)},
		{"address is a number", head + "network: {connect: [443]}\n", is(ErrType)},
		{"family", head + "network: {families: [AF_NETLNK]}\n", is(ErrUnknownName)},
		{"family unspecified", head + "network: {families: [AF_UNSPEC]}\n", is(ErrUnknownName)},
		{"family of IPv4", head + "network: {families: [AF_INET]}\n", is(ErrValue)},
		{"family of local sockets", head + "network: {families: [AF_UNIX]}\n", is(ErrValue)},
		{"family twice", head + "network: {families: [AF_NETLINK, AF_NETLINK]}\n", is(ErrValue)},
		{"unix relative", head + "network: {unix: [run/x.sock]}\n", is(ErrValue)},
		{"unix none", head + "network: {unix: none}\n", is(ErrValue)},
		{"io_uring without network", head + "syscalls: [{syscalls: [io_uring_setup], action: allow}]\nnetwork: none\n", is(ErrContradiction)},
		{"io_uring traced without network", head + "syscalls: [{syscalls: [io_uring_setup], action: trace}]\nnetwork: {connect: [\"*:1\"]}\n", is(ErrContradiction)},
		{"outgoing is a list", head + "outgoing: [SIGTERM]\n", is(ErrType)},
		{"outgoing empty", head + "outgoing: {}\n", is(ErrMissingKey)},
		{"outgoing signal", head + "outgoing: {signals: [TERM]}\n", is(ErrUnknownSignal)},
		{"outgoing signal twice", head + "outgoing: {signals: [SIGTERM, 15]}\n", is(ErrValue)},
	}
}

// badLimits are mistakes in limits.
func badLimits() []bad {
	limit := func(s string) string { return head + "limits: {" + s + "}\n" }
	return []bad{
		{"limits is a number", head + "limits: 5\n", is(ErrType)},
		{"limits empty", head + "limits: {}\n", is(ErrMissingKey)},
		{"time without unit", limit("wall-time: 10"), is(ErrType)},
		{"time in days", limit("wall-time: 2d"), is(ErrValue)},
		{"time no time", limit("wall-time: soon"), is(ErrValue)},
		{"time negative", limit("wall-time: -5s"), is(ErrValue)},
		{"time 0", limit("wall-time: 0s"), is(ErrNumber)},
		{"time of microseconds", limit("wall-time: 500us"), is(ErrValue)},
		{"time too long", limit("wall-time: 1000000h"), is(ErrNumber)},
		{"time beyond 64 bits", limit("wall-time: 99999999999999999999h"), is(ErrValue)},
		{"time is a list", limit("wall-time: [5s]"), is(ErrType)},
		{"cpu time below a second", limit("cpu-time: 100ms"), is(ErrNumber)},
		{"size of small letters", limit("memory: 2gb"), is(ErrValue)},
		{"size with a blank", limit(`memory: "2 GiB"`), is(ErrValue)},
		{"size with a fraction", limit("memory: 1.5GiB"), is(ErrValue)},
		{"size negative", limit("memory: -1"), is(ErrValue)},
		{"size too small", limit("memory: 5"), is(ErrNumber)},
		{"size beyond 64 bits", limit("file-size: 99999999999TiB"), is(ErrNumber)},
		{"size of 30 digits", limit("file-size: 999999999999999999999999999999"), is(ErrNumber)},
		{"size unit alone", limit("memory: GiB"), is(ErrValue)},
		{"size unknown unit", limit("memory: 5EiB"), is(ErrValue)},
		{"size octal", limit("memory: 0777777777"), is(ErrValue)},
		{"size true", limit("memory: true"), is(ErrType)},
		{"tasks 0", limit("tasks: 0"), is(ErrNumber)},
		{"tasks twice", head + "limits: {tasks: 5}\nclone: {max-tasks: 5}\n", is(ErrContradiction)},
		{"files", limit("open-files: 2"), is(ErrNumber)},
		{"output 0", limit("output: 0"), is(ErrNumber)},
		{"signal of limits", limit("wall-time: 5s, signal: TERM"), is(ErrUnknownSignal)},
		{"signal that ends nothing", limit("wall-time: 5s, signal: SIGSTOP"), is(ErrValue)},
		{"grace too long", limit("wall-time: 5s, grace: 2h"), is(ErrNumber)},
		{"limit unknown", limit("walltime: 5s"), is(ErrUnknownKey)},
	}
}

// badGiven are mistakes in environment, descriptors, capabilities, enforce and extends.
func badGiven() []bad {
	env := func(s string) string { return head + "environment: {" + s + "}\n" }
	return []bad{
		{"environment is a list", head + "environment: [PATH]\n", is(ErrType)},
		{"environment empty", head + "environment: {}\n", is(ErrMissingKey)},
		{"kept name", env(`keep: ["A=B"]`), is(ErrValue)},
		{"kept twice", env("keep: [A, A]"), is(ErrValue)},
		{"kept number", env("keep: [5]"), is(ErrType)},
		{"removed nothing", env("remove: []"), is(ErrValue)},
		{"kept and removed", env("keep: [A], remove: [A]"), is(ErrContradiction)},
		{"set null", env("set: {A: ~}"), is(ErrType)},
		{"set as list", env("set: [A]"), is(ErrType)},
		{"descriptor 2", head + "descriptors: [2]\n", is(ErrNumber)},
		{"descriptor negative", head + "descriptors: [-1]\n", is(ErrNumber)},
		{"descriptor text", head + "descriptors: [stdin]\n", is(ErrType)},
		{"descriptor twice", head + "descriptors: [3, 3]\n", is(ErrValue)},
		{"descriptor too high", head + "descriptors: [1048576]\n", is(ErrNumber)},
		{"capability by its short name", head + "capabilities: [chown]\n", is(ErrUnknownName)},
		{"capability misspelt", head + "capabilities: [CAP_CHOWM]\n", is(ErrUnknownName)},
		{"capability twice", head + "capabilities: [CAP_CHOWN, CAP_CHOWN]\n", is(ErrValue)},
		{"capability all", head + "capabilities: all\n", is(ErrUnknownName)},
		{"capability that lifts the seal", head + "capabilities: [CAP_SYS_ADMIN]\n", is(ErrContradiction)},
		{"enforce", head + "enforce: strickt\n", is(ErrUnknownName)},
		{"extends a list", head + "extends: [ci-build]\n", is(ErrType)},
		{"extends nothing", head + "extends: \"\"\n", is(ErrValue)},
		{"extends without a loader", head + "extends: ci-build\n", is(ErrExtends)},
		{"override alone", head + "override: true\n", is(ErrMissingKey)},
		{"override yes", head + "override: yes\n", is(ErrType, ErrMissingKey)},
	}
}
