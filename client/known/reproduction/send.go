package main

import (
	"fmt"
	"io"
	"net"
	"net/smtp"
	"os"
	"time"
)

// Each reply has three seconds, not all of them together.
type patient struct{ net.Conn }

func (one patient) Read(octets []byte) (int, error) {
	one.SetReadDeadline(time.Now().Add(3 * time.Second))
	return one.Conn.Read(octets)
}

func main() {
	host, port, helo, from, to := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	auth, user, pass := os.Args[6], os.Args[7], os.Args[8]
	message, _ := io.ReadAll(os.Stdin)
	conn, err := net.Dial("tcp", net.JoinHostPort(host, port))
	client, err := smtp.NewClient(patient{conn}, host)
	end := func(err error) {
		if err != nil {
			if client != nil {
				client.Quit()
			}
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	end(err)
	end(client.Hello(helo))
	if offered, _ := client.Extension("STARTTLS"); os.Args[9] != "False" && !offered { // as smtp.SendMail asks
		end(fmt.Errorf("the server does not offer STARTTLS"))
	}
	if auth != "" {
		if offered, _ := client.Extension("AUTH"); !offered { // as smtp.SendMail asks
			end(fmt.Errorf("the server does not offer AUTH"))
		}
		end(client.Auth(smtp.PlainAuth("", user, pass, host)))
	}
	end(client.Mail(from))
	end(client.Rcpt(to))
	writer, err := client.Data()
	end(err)
	writer.Write(message)
	end(writer.Close())
	end(client.Quit())
}
