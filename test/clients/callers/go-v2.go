// Asks AWS STS who it is, with the SDK for Go's own chain of credentials.
//
//	caller ENDPOINT [PROFILE]
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	if err := printCaller(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func printCaller(endpoint string, profile []string) error {
	options := []func(*config.LoadOptions) error{}
	for _, name := range profile {
		options = append(options, config.WithSharedConfigProfile(name))
	}
	settings, err := config.LoadDefaultConfig(context.Background(), options...)
	if err != nil {
		return err
	}
	client := sts.NewFromConfig(settings, sts.WithEndpointResolver(sts.EndpointResolverFromURL(endpoint)))
	caller, err := client.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	return printJSON(caller, settings.Region)
}

func printJSON(caller *sts.GetCallerIdentityOutput, region string) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]string{"Arn": aws.ToString(caller.Arn), "Region": region})
}
