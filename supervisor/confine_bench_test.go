// What confining costs at the start, as a multiple of a start without.

package supervisor_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/confine"
)

func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	ns := confine.Namespaces{Mount: true}
	for _, c := range []struct {
		name string
		spec confine.Spec
	}{
		{"nothing", confine.Spec{}},
		{"seal", confine.Spec{Domain: confine.Domain{Seal: true}}},
		{"capabilities", confine.Spec{Capabilities: confine.Capabilities{Restrict: true}}},
		{"files", confine.Spec{Domain: confine.Domain{Files: true, Paths: common()}}},
		{"limits", confine.Spec{Rlimits: []confine.Rlimit{{Resource: unix.RLIMIT_NOFILE, Most: 100}, {Resource: unix.RLIMIT_CORE}}}},
		{"network", confine.Spec{Namespaces: confine.Namespaces{Network: true}}},
		{"mounts", confine.Spec{Namespaces: ns}},
		{"masks", confine.Spec{Namespaces: ns, Mounts: []confine.Mount{
			{Kind: confine.Bind, Source: dir, Target: "/var/tmp"}, {Kind: confine.Mask, Target: dir}, {Kind: confine.Mask, Target: "/etc/shadow"}}}},
		{"everything", confine.Spec{Namespaces: confine.Namespaces{Mount: true, Network: true}, Domain: confine.Domain{Files: true, Seal: true, Paths: common()},
			Capabilities: confine.Capabilities{Restrict: true}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var plain, confined time.Duration
			for range b.N { // in pairs, so that what else the machine does hits both
				plain += starts(b, confine.Spec{})
				confined += starts(b, c.spec)
			}
			b.ReportMetric(float64(confined)/float64(plain), "×plain")
		})
	}
}

// starts measures Start alone.
func starts(b *testing.B, spec confine.Spec) time.Duration {
	c := supervisor.Command{Path: "/bin/true", Confine: spec}
	begun := time.Now()
	j, err := c.Start()
	took := time.Since(begun)
	if err != nil {
		b.Skip(err)
	}
	if _, err := j.Wait(); err != nil {
		b.Fatal(err)
	}
	return took
}
