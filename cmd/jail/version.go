// jail version

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"jail/engines/trace"
	"jail/supervisor/report"
	"jail/supervisor/testspec"
)

func versionCommand() *cobra.Command {
	var schema, traces, tests bool
	cmd := &cobra.Command{
		Use:   "version [--schema|--trace-schema|--test-schema]",
		Short: "Print jail's version, or the JSON Schema of its reports, traces or test cases",
		Args:  nothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if schema {
				_, err := cmd.OutOrStdout().Write(report.Schema())
				return err
			}
			if traces {
				_, err := cmd.OutOrStdout().Write(trace.Schema())
				return err
			}
			if tests {
				_, err := cmd.OutOrStdout().Write(testspec.JSONSchema())
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "jail %s, report schema %d, %s %s/%s\n",
				version(), report.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of the lines that run --report writes")
	cmd.Flags().BoolVar(&traces, "trace-schema", false, "print the JSON Schema of the lines that trace --format json writes")
	cmd.Flags().BoolVar(&tests, "test-schema", false, "print the JSON Schema of the files that test reads")
	return cmd
}

// version is the module's, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "devel"
}
