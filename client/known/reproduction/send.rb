require "net/smtp"
host, port, helo, from, to, auth, user, pass, ca = ARGV
smtp = Net::SMTP.new(host, port.to_i)
trust = OpenSSL::SSL::SSLContext.new
trust.set_params(ca.end_with?(".pem") ? { ca_file: ca } : {})
ca == "False" ? smtp.disable_starttls : smtp.enable_starttls(trust)
login = auth == "" ? [] : [user, pass, auth.downcase.to_sym]
smtp.start(helo, *login) { |session| session.send_message(STDIN.binmode.read, from, *to.split(",")) }
