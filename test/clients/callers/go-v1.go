// Asks AWS STS who it is, with the SDK for Go v1's own chain of credentials.
//
//	caller ENDPOINT
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/sts"
)

func main() {
	settings, err := session.NewSession(&aws.Config{Endpoint: aws.String(os.Args[1])})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	caller, err := sts.New(settings).GetCallerIdentity(&sts.GetCallerIdentityInput{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(aws.StringValue(caller.Arn))
}
