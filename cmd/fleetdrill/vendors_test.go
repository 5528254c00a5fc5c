package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fleetdrill/platform/alibaba"
	"fleetdrill/platform/enos"
	"fleetdrill/platform/huawei"
	"fleetdrill/scenarios"
)

func TestADialectOfAFileThatSaysNothingIsAsItsVendorDocumentsIt(t *testing.T) {
	p := scenarios.DefaultService().Platform
	served := alibaba.DefaultConfig
	served.AsyncTimeout = 24 * time.Hour // nothing says when the cloud gives up, and nobody can keep open calls for ever
	for _, d := range []string{
		cmp.Diff(enos.DefaultConfig, enosConfig(p.EnOS)), cmp.Diff(served, alibabaConfig(p.Alibaba)),
		cmp.Diff(huawei.DefaultConfig, huaweiConfig(p.Huawei), cmpopts.EquateEmpty()),
	} {
		if d != "" {
			t.Error(d)
		}
	}
}
