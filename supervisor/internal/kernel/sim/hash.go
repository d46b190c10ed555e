// A hash of everything that can be reached from some values, private fields included.

package sim

import (
	"fmt"
	"math/bits"
	"reflect"
	"sort"
)

// Hash is equal for graphs of values that are equal: pointers count by where they lead, not by their numbers.
// Functions count by their code only: what a closure holds is not seen. Fields with the tag hash:"-" do not count,
// nor do packages sync and reflect.
func Hash(roots ...any) uint64 {
	h := hasher{sum: 0x9e3779b97f4a7c15, seen: make(map[place]uint64)}
	for _, r := range roots {
		h.value(reflect.ValueOf(r))
	}
	return h.sum
}

// place is where a pointer leads. The type tells a struct from its first field.
type place struct {
	addr uintptr
	typ  reflect.Type
}

type hasher struct {
	sum  uint64
	seen map[place]uint64
}

func (h *hasher) add(x uint64) {
	hi, lo := bits.Mul64(h.sum^x, 0xd6e8feb86659fd93)
	h.sum = hi ^ bits.RotateLeft64(lo, 23) ^ x
}

func (h *hasher) value(v reflect.Value) {
	if !v.IsValid() {
		h.add(1)
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			h.add(3)
		} else {
			h.add(2)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		h.add(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		h.add(v.Uint())
	case reflect.String:
		h.text(v.String())
	case reflect.Pointer:
		h.pointer(v)
	case reflect.Interface:
		h.value(v.Elem())
	case reflect.Struct:
		h.fields(v)
	case reflect.Slice, reflect.Array:
		h.list(v)
	case reflect.Map:
		h.dict(v)
	case reflect.Func:
		h.add(uint64(v.Pointer()))
	case reflect.Chan:
		h.add(uint64(v.Len()))
	default:
		panic(fmt.Sprintf("sim: cannot hash a %s", v.Type()))
	}
}

func (h *hasher) text(s string) {
	h.add(uint64(len(s)))
	for i := range len(s) {
		h.add(uint64(s[i]))
	}
}

func (h *hasher) pointer(v reflect.Value) {
	if v.IsNil() {
		h.add(4)
		return
	}
	key := place{v.Pointer(), v.Type()}
	if n, ok := h.seen[key]; ok && v.Elem().Kind() == reflect.Struct {
		h.add(5 + n<<8)
		return
	}
	h.seen[key] = uint64(len(h.seen))
	h.value(v.Elem())
}

func (h *hasher) fields(v reflect.Value) {
	t := v.Type()
	switch t.PkgPath() {
	case "sync", "sync/atomic", "internal/sync", "reflect":
		return
	}
	for i := range v.NumField() {
		if t.Field(i).Tag.Get("hash") != "-" {
			h.value(v.Field(i))
		}
	}
}

func (h *hasher) list(v reflect.Value) {
	n := v.Len()
	h.add(uint64(n))
	if v.Type().Elem().Kind() == reflect.Uint8 {
		var word uint64
		for i := range n {
			word = word<<8 | v.Index(i).Uint()
			if i%8 == 7 && word != 0 {
				h.add(word ^ uint64(i))
				word = 0
			}
		}
		h.add(word)
		return
	}
	for i := range n {
		h.value(v.Index(i))
	}
}

// dict hashes a map in the order of its keys' own hashes; keys hold no pointers.
func (h *hasher) dict(v reflect.Value) {
	type entry struct {
		key  uint64
		elem reflect.Value
	}
	entries := make([]entry, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		k := hasher{}
		k.value(it.Key())
		entries = append(entries, entry{k.sum, it.Value()})
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].key < entries[j].key })
	h.add(uint64(len(entries)))
	for _, e := range entries {
		h.add(e.key)
		h.value(e.elem)
	}
}
