# Sends a job with Ruby's Net::SMTP, as its documentation shows: `start`, `send_message`, and what `start` does at its end.
#
# The job is read from SMTP_* variables. Exit status: 0 accepted, 75 temporary, 69 permanent, 127 no such mechanism,
# 1 otherwise (Net::SMTP gave up). It tells one outcome for all recipients.
require "net/smtp"
require "openssl"

if ARGV[0] == "--version"
  puts "net-smtp #{Net::SMTP::VERSION} (Ruby #{RUBY_VERSION})"
  exit
end

auth = (ENV["SMTP_AUTH"] || "none").downcase
types = { "none" => nil, "plain" => :plain, "login" => :login, "cram-md5" => :cram_md5 }
unless types.key?(auth)
  warn "this driver knows no mechanism #{auth} of Net::SMTP"
  exit 127
end

smtp = Net::SMTP.new(ENV["SMTP_HOST"], ENV["SMTP_PORT"].to_i)
smtp.open_timeout = smtp.read_timeout = (ENV["SMTP_TIMEOUT"] || "60").to_f
context = OpenSSL::SSL::SSLContext.new
context.set_params(ca_file: ENV["SMTP_CA_FILE"]) if ENV["SMTP_CA_FILE"]
smtp.disable_starttls
smtp.enable_tls(context) if ENV["SMTP_TLS"] == "implicit"
smtp.enable_starttls(context) if ENV["SMTP_TLS"] == "starttls"

# QUIT goes wrong after the message is accepted or refused, so what comes of it must not hide that.
sent = false
begin
  user, secret = auth == "none" ? [nil, nil] : [ENV["SMTP_USERNAME"], ENV["SMTP_PASSWORD"]]
  smtp.start(ENV["SMTP_HELO"] || "localhost", user, secret, types[auth] || :plain) do |session|
    session.send_message(File.binread(ENV["SMTP_MESSAGE_FILE"]), ENV["SMTP_SENDER"], *ENV["SMTP_RECIPIENTS"].split("\n"))
    sent = true
  end
rescue StandardError, Timeout::Error => error
  warn "#{error.class}: #{error.message}"
  exit 0 if sent
  code = error.message[/\A\s*([45])[0-9][0-9]/, 1]
  exit 75 if code == "4"
  exit 69 if code == "5"
  lost = [EOFError, IOError, Timeout::Error, SystemCallError, SocketError].any? { |one| error.is_a?(one) }
  exit lost && !error.is_a?(OpenSSL::SSL::SSLError) ? 75 : 1
end
