<?php
// Asks AWS STS who it is, with AsyncAws' own chain of credentials.
//   async-aws.php ENDPOINT
require 'AsyncAws/Core/autoload.php';
require 'Symfony/Component/HttpClient/autoload.php';
try {
    $client = new AsyncAws\Core\Sts\StsClient(['endpoint' => $argv[1], 'region' => getenv('AWS_REGION')]);
    echo $client->getCallerIdentity()->getArn(), "\n";
} catch (Throwable $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(1);
}
