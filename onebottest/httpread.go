package onebottest

import (
	"net/http"
	"net/url"
	"strings"
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// bodyParams reads a body that should be a JSON object; anything else that is JSON gives no parameters.
func bodyParams(body []byte) (params, error) {
	v, err := decode(body)
	if err != nil {
		return nil, err
	}
	o, _ := v.(object)
	return params(o), nil
}

func formBody(body []byte) params {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	return formParams(values)
}

// napcatHTTP: any method, any content type, the query over the body, a trailing slash allowed.
func napcatHTTP(r *http.Request, action string, body []byte) incoming {
	if r.Method == http.MethodOptions {
		return incoming{status: http.StatusNoContent}
	}
	action, _, _ = strings.Cut(action, "/")
	if action == "" {
		return incoming{status: http.StatusOK, contentType: "application/json; charset=utf-8", body: `{"status":"ok","retcode":0,` +
			`"data":{},"message":"NapCat4 Is Running","wording":"","echo":null,"stream":"normal-action"}`}
	}
	p := formParams(r.URL.Query())
	switch {
	case r.Method == http.MethodGet || len(body) == 0:
	case mediaType(r) == formType:
		p = append(formBody(body), p...)
	default:
		fromBody, err := bodyParams(body)
		if err != nil {
			return incoming{status: http.StatusBadRequest, contentType: "text/html; charset=utf-8", body: "Invalid JSON"}
		}
		p = append(fromBody, p...)
	}
	c := newCall(action, p)
	c.echo, c.hasEcho = object(p).get("echo")
	return incoming{call: c}
}

// llbotHTTP: only POST has a body, JSON whatever the content type says unless it is a form; no trailing slash.
func llbotHTTP(r *http.Request, action string, body []byte) incoming {
	p := formParams(r.URL.Query())
	if r.Method == http.MethodPost {
		p = nil
		switch {
		case len(body) == 0:
		case mediaType(r) == formType:
			p = formBody(body)
		default:
			var err error
			if p, err = bodyParams(body); err != nil {
				return incoming{
					status: http.StatusOK, contentType: "application/json; charset=utf-8",
					body: `{"status":"failed","retcode":400,"data":null,"message":"invalid JSON","wording":"invalid JSON"}`,
				}
			}
		}
	}
	return incoming{call: newCall(action, p)}
}

// lagrangeHTTP: a content type that is neither JSON nor a form is 406, and a body that is no JSON is never answered.
func lagrangeHTTP(r *http.Request, action string, body []byte) incoming {
	switch r.Method {
	case http.MethodGet:
		return incoming{call: newCall(action, formParams(r.URL.Query()))}
	case http.MethodPost:
	default:
		return incoming{status: http.StatusMethodNotAllowed}
	}
	switch mediaType(r) {
	case jsonType:
		v, err := decode(body)
		if err != nil {
			return incoming{hang: true}
		}
		o, _ := v.(object)
		return incoming{call: newCall(action, params(o))}
	case formType:
		// "+" is not decoded to a space (dialects 6.1).
		return incoming{call: newCall(action, formBody([]byte(strings.ReplaceAll(string(body), "+", "%2B"))))}
	}
	return incoming{status: http.StatusNotAcceptable}
}

// gocqHTTP: GET and POST, a body only with a content type it knows, the query for missing keys, the action at "/" in the body.
func gocqHTTP(r *http.Request, action string, body []byte) incoming {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return incoming{status: http.StatusNotFound}
	}
	p := formParams(r.URL.Query())
	if r.Method == http.MethodPost {
		switch mediaType(r) {
		case formType:
			p = append(p, formBody(body)...)
		case jsonType:
			fromBody, err := bodyParams(body)
			if err != nil {
				return incoming{status: http.StatusBadRequest}
			}
			if a, ok := object(fromBody).get("action"); ok && action == "" {
				inner, _ := object(fromBody).get("params")
				o, _ := inner.(object)
				return incoming{call: newCall(toText(a), params(o))}
			}
			p = append(p, fromBody...)
		}
	}
	// Values that look like JSON are read as JSON (dialects 6.1).
	for i, f := range p {
		if text, ok := f.value.(string); ok && text != "" && (text[0] == '[' || text[0] == '{') {
			if v, err := decode([]byte(text)); err == nil {
				p[i].value = v
			}
		}
	}
	return incoming{call: newCall(action, p)}
}

// standardHTTP follows communication/http.md.
func standardHTTP(r *http.Request, action string, body []byte) incoming {
	action = strings.TrimSuffix(action, "/")
	if r.Method == http.MethodGet {
		return incoming{call: newCall(action, formParams(r.URL.Query()))}
	}
	switch mediaType(r) {
	case jsonType:
		p, err := bodyParams(body)
		if err != nil {
			return incoming{status: http.StatusBadRequest}
		}
		return incoming{call: newCall(action, p)}
	case formType:
		return incoming{call: newCall(action, formBody(body))}
	}
	return incoming{status: http.StatusNotAcceptable}
}
