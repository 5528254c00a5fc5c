package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/huawei"
	"fleetdrill/scenarios"
)

func TestADialectOfAFileThatSaysNothingIsAsItsVendorDocumentsIt(t *testing.T) {
	p := scenarios.DefaultService().Platform
	hw := huaweiConfig(p.Huawei)
	hw.Projects = nil // none is none
	for _, d := range []string{
		cmp.Diff(enos.DefaultConfig, enosConfig(p.EnOS)), cmp.Diff(alibaba.DefaultConfig, alibabaConfig(p.Alibaba)),
		cmp.Diff(huawei.DefaultConfig, hw),
	} {
		if d != "" {
			t.Error(d)
		}
	}
}
