"""Asks AWS STS who it is, with the chain of credentials of the AWS Common Runtime.

    crt.py ENDPOINT
"""

import datetime
import sys
import urllib.parse
import urllib.request

from awscrt import auth, http, io

group = io.EventLoopGroup(1)
bootstrap = io.ClientBootstrap(group, io.DefaultHostResolver(group))
provider = auth.AwsCredentialsProvider.new_default_chain(bootstrap)
body = b"Action=GetCallerIdentity&Version=2011-06-15"
host = urllib.parse.urlparse(sys.argv[1]).netloc
request = http.HttpRequest("POST", "/", http.HttpHeaders([("host", host)]), None)
config = auth.AwsSigningConfig(
    algorithm=auth.AwsSigningAlgorithm.V4,
    signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
    credentials_provider=provider,
    region="eu-west-1",
    service="sts",
    date=datetime.datetime.now(datetime.timezone.utc),
)
signed = auth.aws_sign_request(request, config).result(60)
call = urllib.request.Request(sys.argv[1], data=body, headers=dict(signed.headers))
print(urllib.request.urlopen(call).read().decode())
