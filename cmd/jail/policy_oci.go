// jail policy import and export: profiles of containers

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"jail/policy/oci"
	"jail/seccomp"
)

// maxProfile is one byte more than the biggest profile that oci.Import takes.
const maxProfile = 1<<20 + 1

func policyImportCommand() *cobra.Command {
	var caps []string
	var kernel string
	cmd := &cobra.Command{
		Use:   "import FILE.json",
		Short: "Translate a seccomp profile of Docker, Podman or OCI into a policy",
		Long: `Import reads a seccomp profile, in the form of the OCI runtime specification or that of Docker, and prints a policy
that decides as the profile does, or is stricter. Its comments say where each rule comes from and where it differs; what
was left out is told on stderr too. Rules that a profile has for some capabilities only are taken if --cap names those.

It exits with 1 if the profile has mistakes.`,
		Args: justOne("a profile, a file of JSON"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o := oci.Options{Machine: seccomp.Native(), Capabilities: caps}
			var ok bool
			if o.Kernel, ok = oci.ParseVersion(kernel); !ok {
				return mistakes(fmt.Errorf("--kernel %s is not the version of a kernel: it is written like 6.18", kernel))
			}
			for _, c := range caps {
				if !strings.HasPrefix(c, "CAP_") || strings.ToUpper(c) != c {
					return mistakes(fmt.Errorf("--cap %s is not a capability: it is written like CAP_SYS_ADMIN (capabilities(7))", c))
				}
			}
			data, err := readProfile(args[0])
			if err != nil {
				return mistakes(err)
			}
			in, err := oci.Import(args[0], data, o)
			if err != nil {
				return mistakes(err)
			}
			for _, n := range in.Notes {
				complain(fmt.Errorf("%v", n))
			}
			_, err = cmd.OutOrStdout().Write(in.Policy)
			return err
		},
	}
	cmd.Flags().StringArrayVar(&caps, "cap", nil, "a capability that the program is meant to have, such as CAP_SYS_ADMIN; may be given again")
	cmd.Flags().StringVar(&kernel, "kernel", runningKernel(), "the version of the kernel that rules with minKernel ask for")
	return cmd
}

// readProfile reads the beginning of a file, so much that Import sees when it is too big.
func readProfile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxProfile))
}

// runningKernel is this kernel's version, as uname(2) has it.
func runningKernel() string {
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return "0.0" // cannot be; then rules for newer kernels are left out
	}
	return unix.ByteSliceToString(uts.Release[:])
}

func policyExportCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "export NAME|FILE",
		Short: "Translate the filter of a policy into a seccomp profile for containers",
		Long: `Export prints the seccomp profile (linux.seccomp of the OCI runtime specification, which Docker takes too) that
refuses all system calls that the policy's filter refuses. What a profile cannot say is told on stderr.

It exits with 1 if the policy has mistakes or cannot be exported.`,
		Args: justOne("a policy: a built-in one's name, or a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "oci" {
				return mistakes(fmt.Errorf("there is no format %q: it is oci", format))
			}
			plan, err := loadPlan(args[0])
			if err != nil {
				return mistakes(err)
			}
			out, err := oci.Export(plan)
			if err != nil {
				return mistakes(fmt.Errorf("%s: %w", args[0], err))
			}
			for _, lost := range out.Lost {
				complain(fmt.Errorf("not in the profile: %s", lost))
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "\t")
			return enc.Encode(out.Profile)
		},
	}
	cmd.Flags().StringVar(&format, "format", "oci", "the form of the profile: oci")
	return cmd
}
