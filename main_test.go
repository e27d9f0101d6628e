package main

import (
	"maps"
	"slices"
	"testing"
)

func TestLogs_AreOffUnlessSomebodyAsksForThem(t *testing.T) {
	tests := map[string]struct {
		environment []string
		off         []string
	}{
		"nothing is asked for":          {[]string{"HOME=/", "TF_INPUT=0"}, []string{"TF_LOG_PROVIDER_THOUGHTINDUSTRIES", "TF_LOG_SDK"}},
		"everything":                    {[]string{"TF_LOG=TRACE"}, nil},
		"the providers":                 {[]string{"TF_LOG_PROVIDER=DEBUG"}, nil},
		"this provider":                 {[]string{"TF_LOG_PROVIDER_THOUGHTINDUSTRIES=INFO"}, nil},
		"the framework":                 {[]string{"TF_LOG_SDK_FRAMEWORK=TRACE"}, nil},
		"a file, and so the rest of it": {[]string{"TF_LOG_PATH=x.log"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			set := map[string]string{}
			disableLogging(test.environment, func(name, value string) error {
				set[name] = value
				return nil
			})
			if got := slices.Sorted(maps.Keys(set)); !slices.Equal(got, test.off) {
				t.Errorf("turned off %v, want %v", got, test.off)
			}
			for name, level := range set {
				if level != "off" {
					t.Errorf("%s is %q", name, level)
				}
			}
		})
	}
}
