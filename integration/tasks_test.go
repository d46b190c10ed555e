// Making and ending tasks: fork, vfork, threads, exec, in every order that the kernel allows.

package integration

import "testing"

func TestExecFromAnotherThread(t *testing.T) { same(t, allModes, "exec_thread") }

func TestVfork(t *testing.T) { same(t, allModes, "vfork") }

func TestLeaderEndsFirst(t *testing.T) { same(t, allModes, "leader") }

func TestManyThreadsForkAtOnce(t *testing.T) {
	same(t, append(heavyModes, observed), "storm", "16", "8", "3")
}

func TestFiveThousandForks(t *testing.T) { same(t, heavyModes, "many", "forks", "5000") }

func TestFiveThousandThreads(t *testing.T) { same(t, heavyModes, "many", "threads", "5000") }

func TestZombies(t *testing.T) { same(t, allModes, "zombie") }

func TestWhatAProgramInherits(t *testing.T) { same(t, allModes, "inherit", "a b", "", "ünï") }

func TestFirstInstruction(t *testing.T) { same(t, allModes, "entry", "a", "bb") }
