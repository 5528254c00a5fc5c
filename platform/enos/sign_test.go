package enos_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"fleetdrill/platform/dialecttest"
)

// The client's side of authentication once more, written from the contract and not from the code.

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func signature(token, rawQuery, body, timestamp, secret string) string {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		values = nil
	}
	var keys []string
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(k + values[k][0])
	}
	return sha(token + b.String() + body + timestamp + secret)
}

type tokenAnswer struct {
	Status   int
	Msg      string
	Business string
	Data     struct {
		AccessToken string
		Expire      int
	}
}

func askToken(w *dialecttest.World, what, body string) tokenAnswer {
	w.T.Helper()
	resp, err := w.Client.Post(dialecttest.Base+"/apim-token-service/v2.0/token/"+what, "application/json", strings.NewReader(body))
	if err != nil {
		w.T.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.T.Fatal(err)
	}
	var a tokenAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		w.T.Fatalf("token answer %q: %v", raw, err)
	}
	return a
}

func credentials(w *dialecttest.World) string {
	ts := time.Now().UnixMilli()
	return fmt.Sprintf(`{"appKey":%q,"encryption":%q,"timestamp":%d}`, w.Account.Key, sha(fmt.Sprint(w.Account.Key, ts, w.Account.Secret)), ts)
}

func token(w *dialecttest.World) string {
	w.T.Helper()
	a := askToken(w, "get", credentials(w))
	if a.Status != 0 || a.Data.AccessToken == "" {
		w.T.Fatalf("no token: %+v", a)
	}
	return a.Data.AccessToken
}

func signRequest(w *dialecttest.World, req *http.Request, body []byte) {
	w.T.Helper()
	text, ts := token(w), fmt.Sprint(time.Now().UnixMilli())
	req.Header.Set("apim-accesstoken", text)
	req.Header.Set("apim-timestamp", ts)
	req.Header.Set("apim-signature", signature(text, req.URL.RawQuery, string(body), ts, w.Account.Secret))
}

// invoke is the query of an instant command for device i, with parameters that replace or add to it: "timeout=5".
func invoke(i int, change ...string) string { return queryOf("invokeService", i, change...) }

func queryOf(action string, i int, change ...string) string {
	a := dialecttest.Address(i)
	q := []string{"action=" + action, "orgId=" + dialecttest.Org, "productKey=" + a.Product, "deviceKey=" + a.Device}
	if action == "invokeService" {
		q = append(q, "serviceId=reboot")
	}
	for _, c := range change {
		key, _, given := strings.Cut(c, "=")
		q = slices.DeleteFunc(q, func(p string) bool { return strings.HasPrefix(p, key+"=") })
		if given {
			q = append(q, c)
		}
	}
	return strings.Join(q, "&")
}
