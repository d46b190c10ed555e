// Random programs that no compiler of ours would make: interpreter and checker against the kernel, and a fuzz target.

package seccomp

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// allOps are the operations seccomp allows, except returns.
func allOps() []uint16 {
	var ops []uint16
	for op := range uint16(256) {
		in := bpf.RawInstruction{Op: op, K: 4}
		if verifyOne(in, 8) == nil && op != opRetK && op != opRetA {
			ops = append(ops, op)
		}
	}
	return ops
}

// genBody draws instructions that verify accepts one by one, if after more
// follow. Scratch memory may still be read before it is written.
func genBody(t *rapid.T, after int) []bpf.RawInstruction {
	n := rapid.IntRange(1, 40).Draw(t, "length")
	body := make([]bpf.RawInstruction, n)
	op := rapid.SampledFrom(allOps())
	for i := range body {
		in := bpf.RawInstruction{Op: op.Draw(t, "op"), K: uint32(rapid.SampledFrom(edges()).Draw(t, "k"))}
		left := uint32(n - i - 1 + after)
		switch in.Op {
		case opLoad:
			in.K = rapid.Uint32Range(0, 15).Draw(t, "word") * 4
		case opLoadMem, opLoadXMem, opStore, opStoreX:
			in.K %= unix.BPF_MEMWORDS
		case opLshK, opRshK:
			in.K %= 32
		case opDivK:
			in.K |= 1
		case opJump:
			in.K %= min(left, 4)
		case opJeqK, opJeqX, opJgtK, opJgtX, opJgeK, opJgeX, opJsetK, opJsetX:
			in.Jt = uint8(rapid.Uint32Range(0, min(left-1, 5)).Draw(t, "jt"))
			in.Jf = uint8(rapid.Uint32Range(0, min(left-1, 5)).Draw(t, "jf"))
		}
		body[i] = in
	}
	return body
}

// firstProbe is a number that the kernel has not; each random program decides
// one number from here on and lets everything else pass.
const firstProbe = 20000

// probe wraps a body into a program that decides one number. It answers an
// errno made of nine bits that depend on all of the accumulator; the errnos
// from 512 on mean something to the kernel's signal code.
func probe(nr uint32, body []bpf.RawInstruction) []bpf.RawInstruction {
	p := []bpf.RawInstruction{
		{Op: opLoad, K: offNr}, {Op: opJeqK, K: nr, Jt: 1}, {Op: opRetK, K: unix.SECCOMP_RET_ALLOW},
	}
	p = append(p, body...)
	return append(p,
		bpf.RawInstruction{Op: opMulK, K: 0x9e3779b1}, bpf.RawInstruction{Op: opRshK, K: 23},
		bpf.RawInstruction{Op: opOrK, K: unix.SECCOMP_RET_ERRNO}, bpf.RawInstruction{Op: opRetA})
}

// genProbe draws a random program and a call that it decides with an errno.
func genProbe(t *rapid.T, nr uint32) ([]bpf.RawInstruction, Data) {
	d := Data{Nr: int32(nr), Arch: Native().AuditArch()}
	for i := range d.Args {
		d.Args[i] = rapid.SampledFrom(edges()).Draw(t, "arg")
	}
	return probe(nr, withoutIP(genBody(t, 1))), d
}

func TestKernelRunsRandomProgramsAsRunDoes(t *testing.T) {
	var all, programs [][]bpf.RawInstruction
	var calls []Data
	rapid.Check(t, func(t *rapid.T) {
		for range 4 {
			raw, d := genProbe(t, uint32(firstProbe+len(programs)))
			all = append(all, raw)
			p, err := NewProgram(raw)
			if err != nil {
				continue // compareInstalls looks at these
			}
			ret, err := p.Run(d)
			if err != nil {
				t.Fatal(err)
			}
			if ActionOf(ret).Kind() == KindErrno { // else it divided by zero and the thread would die
				programs, calls = append(programs, raw), append(calls, d)
			}
		}
	})
	compareInstalls(t, all)
	const batch = 400
	for from := 0; from < len(programs); from += batch {
		to := min(from+batch, len(programs))
		r, err := inChild(t, job{Filters: programs[from:to], Calls: calls[from:to]})
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range r.Errnos {
			p, err := NewProgram(programs[from+i])
			if err != nil {
				t.Fatal(err)
			}
			if want := run(t, p, calls[from+i]).Errno(); got != want {
				t.Errorf("%+v: the kernel answers %d, Run %d\n%s", calls[from+i], got, want, p.Disassemble())
			}
		}
	}
	t.Logf("%d programs ran", len(programs))
}

// withoutIP loads a word of an argument where the instruction pointer would
// be loaded, which the test does not know.
func withoutIP(body []bpf.RawInstruction) []bpf.RawInstruction {
	for i := range body {
		if body[i].Op == opLoad && (body[i].K == 8 || body[i].K == 12) {
			body[i].K += offArgs
		}
	}
	return body
}

// FuzzRun feeds the checker, the interpreter and Explain with instructions of
// others: eight bytes each, as the kernel has them.
func FuzzRun(f *testing.F) {
	s := manyConditions(5)
	p, err := Compile(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encode(p.Raw()), int32(16), X86_64.AuditArch(), uint64(0), uint64(3))
	f.Add(encode(probe(firstProbe, []bpf.RawInstruction{{Op: opDivX}})), int32(firstProbe), X86_64.AuditArch(), uint64(1), uint64(2))
	f.Add(encode([]bpf.RawInstruction{{Op: opJump, K: 0xffffffff}, {Op: opRetA}}), int32(0), uint32(0), uint64(0), uint64(0))
	f.Fuzz(func(t *testing.T, code []byte, nr int32, arch uint32, arg0, arg1 uint64) {
		p, err := NewProgram(decode(code))
		if err != nil {
			return
		}
		d := Data{Nr: nr, Arch: arch, Args: [6]uint64{arg0, arg1, arg0 + arg1, arg0 - arg1, arg1, arg0}}
		ret, err := p.Run(d)
		if err != nil {
			t.Fatalf("a checked program does not end: %v\n%s", err, p.Disassemble())
		}
		e := p.Explain(d)
		if e.Action != ActionOf(ret) || len(e.Steps) == 0 || len(e.Steps) > len(code)/8 || e.String() == "" {
			t.Fatalf("Run gives %#x, Explain %+v", ret, e)
		}
	})
}

// encode writes instructions as the kernel reads them.
func encode(raw []bpf.RawInstruction) []byte {
	var b []byte
	for _, in := range raw {
		b = binary.LittleEndian.AppendUint16(b, in.Op)
		b = append(b, in.Jt, in.Jf)
		b = binary.LittleEndian.AppendUint32(b, in.K)
	}
	return b
}

// decode is encode turned round; what is left over is dropped.
func decode(code []byte) []bpf.RawInstruction {
	var raw []bpf.RawInstruction
	for ; len(code) >= 8; code = code[8:] {
		raw = append(raw, bpf.RawInstruction{
			Op: binary.LittleEndian.Uint16(code), Jt: code[2], Jf: code[3], K: binary.LittleEndian.Uint32(code[4:]),
		})
	}
	return raw
}
