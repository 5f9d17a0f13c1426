# The same as preloaded.py for Ruby: preloaded.rb LIBRARY...
require "json"

ARGV.each { |library| require library }

$stdin.each_line do |line|
  call = JSON.parse(line)
  child = fork do
    Dir.chdir(call["cwd"])
    ENV.replace(call["env"])
    $stdin.reopen(File::NULL)
    [$stdout, $stderr].each { |stream| stream.reopen(call["output"], "a") }
    program, *rest = call["args"]
    ARGV.replace(rest)
    load program
  end
  puts Process.wait2(child)[1].exitstatus || -1
  $stdout.flush
end
