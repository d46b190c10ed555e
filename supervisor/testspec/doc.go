// Package testspec reads files of test cases in YAML and runs them: programs under policies, with faults, and what is expected of them.
// It is jail test; docs/testing.md has the language.
//
//	file, err := testspec.Load("spec.yaml")
//	if err != nil {
//		return err
//	}
//	for _, c := range file.Cases {
//		out := testspec.Runner{}.Run(&c)
//		fmt.Println(out.Name, out.Verdict)
//	}
//
// A case that is wrong is told with file, line and column, and keeps no other from being run.
package testspec
