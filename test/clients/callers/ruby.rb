# Asks AWS STS who it is, with the SDK for Ruby's own chain of credentials.
#   ruby.rb ENDPOINT
require "aws-sdk-core"
puts Aws::STS::Client.new(endpoint: ARGV[0], region: ENV["AWS_REGION"]).get_caller_identity.arn
