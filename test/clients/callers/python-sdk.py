"""Asks AWS STS who it is, with botocore's own chain of credentials.

    caller.py ENDPOINT [PROFILE]
"""

import json
import sys

import botocore.session

endpoint, profile = (sys.argv[1:] + [None])[:2]
session = botocore.session.Session(profile=profile)
caller = session.create_client("sts", endpoint_url=endpoint).get_caller_identity()
print(json.dumps({"Arn": caller["Arn"], "Region": session.get_config_variable("region")}, indent=2))
