package sdktest

import (
	"errors"
	"testing"

	core "github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	iam "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3"
	iammodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iam/v3/model"
	iotda "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/iotda/v5/model"
)

// credentials are what an application of the vendor's SDK has.
type credentials struct {
	ak, sk, project string
	derived         bool   // it signs as instances with an address of their own want it
	token           string // "": none
	temporary       string // the token of a temporary key; "": it is none
}

var owner = credentials{ak: key, sk: secret, project: org}

func (w *world) iotda(t *testing.T, c credentials) *iotda.IoTDAClient {
	t.Helper()
	builder := basic.NewCredentialsBuilder().WithAk(c.ak).WithSk(c.sk).WithProjectId(c.project)
	if c.temporary != "" {
		builder = builder.WithSecurityToken(c.temporary)
	}
	if c.derived {
		builder = builder.WithDerivedPredicate(auth.GetDefaultDerivedPredicate())
	}
	cred, err := builder.SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	hc := iotda.IoTDAClientBuilder().WithCredential(cred).WithHttpConfig(config.DefaultHttpConfig().WithIgnoreSSLVerification(w.tls))
	if c.derived {
		hc = hc.WithRegion(region.NewRegion("cn-north-4", w.url("")))
	} else {
		hc = hc.WithEndpoints([]string{w.url("")})
	}
	client, err := hc.SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	if c.token != "" {
		client = client.WithExtraHeaders(map[string]string{"X-Auth-Token": c.token})
	}
	return iotda.NewIoTDAClient(client)
}

// token asks for one as the vendor's IAM package does. The project is that of owner.
func (w *world) token(t *testing.T, name, password string) (string, *iammodel.TokenResult, error) {
	t.Helper()
	cred, err := basic.NewCredentialsBuilder().WithAk("none").WithSk("none").WithProjectId(org).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	var hc *core.HcHttpClient
	if hc, err = iam.IamClientBuilder().WithCredential(cred).WithEndpoints([]string{w.url("")}).SafeBuild(); err != nil {
		t.Fatal(err)
	}
	project := org
	out, err := iam.NewIamClient(hc).KeystoneCreateUserTokenByPassword(&iammodel.KeystoneCreateUserTokenByPasswordRequest{
		Body: &iammodel.KeystoneCreateUserTokenByPasswordRequestBody{Auth: &iammodel.PwdAuth{
			Identity: &iammodel.PwdIdentity{
				Methods: []iammodel.PwdIdentityMethods{iammodel.GetPwdIdentityMethodsEnum().PASSWORD},
				Password: &iammodel.PwdPassword{User: &iammodel.PwdPasswordUser{
					Domain: &iammodel.PwdPasswordUserDomain{Name: "sim-domain"}, Name: name, Password: password}}},
			Scope: &iammodel.AuthScope{Project: &iammodel.AuthScopeProject{Name: &project}}}}})
	if err != nil {
		return "", nil, err
	}
	return of(out.XSubjectToken), out.Token, nil
}

// of is what a pointer of the SDK's points to; nothing where there is none.
func of[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func ptr[T any](v T) *T { return &v }

// object is a JSON value as the SDK wants it.
func object(v any) *any { return &v }

// refusedHua fails the test unless the SDK raised the error.
func refusedHua(t *testing.T, err error, status int, code string) {
	t.Helper()
	var r *sdkerr.ServiceResponseError
	if !errors.As(err, &r) || r.StatusCode != status || r.ErrorCode != code || r.ErrorMessage == "" || r.RequestId == "" {
		t.Errorf("error %v; want HTTP %d %s with a text and a request id", err, status, code)
	}
}

const huaDevice = huaProduct + "_dev-1"

func command(paras any) *model.CreateCommandRequest {
	return &model.CreateCommandRequest{DeviceId: huaDevice, Body: &model.DeviceCommandRequest{
		ServiceId: ptr("reboot"), CommandName: ptr("ON_OFF"), Paras: object(paras)}}
}

// present connects a device, and returns when the API says that it is there.
func present(t *testing.T, w *world, c *iotda.IoTDAClient, id string, h habits) *device {
	t.Helper()
	d := w.connect(t, huaweiLogin(id, devSecret), h)
	awaitHuawei(t, c, id, "ONLINE")
	return d
}

func awaitHuawei(t *testing.T, c *iotda.IoTDAClient, id, want string) {
	t.Helper()
	eventually(t, id+" is "+want, func() bool {
		d, err := c.ShowDevice(&model.ShowDeviceRequest{DeviceId: id})
		if err != nil {
			t.Fatal(err)
		}
		return of(d.Status) == want
	})
}
