require "net/smtp"
host, port, helo, from, to, auth, user, pass = ARGV
smtp = Net::SMTP.new(host, port.to_i)
smtp.disable_starttls
login = auth == "" ? [] : [user, pass, auth.downcase.to_sym]
smtp.start(helo, *login) { |session| session.send_message(STDIN.binmode.read, from, *to.split(",")) }
