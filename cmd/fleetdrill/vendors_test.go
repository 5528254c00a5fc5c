package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/huawei"
	"fleetdrill/scenarios"
)

func TestADialectOfAFileThatSaysNothingIsAsItsVendorDocumentsIt(t *testing.T) {
	p := scenarios.DefaultService().Platform
	for _, d := range []string{
		cmp.Diff(enos.DefaultConfig, enosConfig(p.EnOS)), cmp.Diff(alibaba.DefaultConfig, alibabaConfig(p.Alibaba)),
		cmp.Diff(huawei.DefaultConfig, huaweiConfig(p.Huawei), cmpopts.EquateEmpty()),
	} {
		if d != "" {
			t.Error(d)
		}
	}
}
