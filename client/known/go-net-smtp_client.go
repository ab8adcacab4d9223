// Sends a job with Go's net/smtp, as the example in its documentation shows: NewClient, Hello, StartTLS, Auth, Mail,
// Rcpt, Data, Quit.
//
// The job is read from SMTP_* variables. Exit status: 0 accepted, 75 temporary, 69 permanent, 127 no such mechanism,
// 1 otherwise. SMTP_RESULT_FILE gets a word for each recipient.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

var told = map[string]string{}

// word tells what an error means; without a reply code the connection was lost, or net/smtp itself gave up.
func word(err error) string {
	var reply *textproto.Error
	var network net.Error
	if errors.As(err, &reply) {
		switch reply.Code / 100 {
		case 4:
			return "temporary"
		case 5:
			return "permanent"
		}
		return "declined"
	}
	var hostname x509.HostnameError
	var authority x509.UnknownAuthorityError
	if errors.As(err, &hostname) || errors.As(err, &authority) {
		return "declined"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) {
		return "temporary"
	}
	return "declined"
}

func mechanism(name string) (smtp.Auth, bool) {
	user, password := os.Getenv("SMTP_USERNAME"), os.Getenv("SMTP_PASSWORD")
	switch name {
	case "none", "":
		return nil, true
	case "plain":
		return smtp.PlainAuth("", user, password, os.Getenv("SMTP_HOST")), true
	case "cram-md5":
		return smtp.CRAMMD5Auth(user, password), true
	}
	return nil, false
}

func deliver(recipients []string, auth smtp.Auth) error {
	host := os.Getenv("SMTP_HOST")
	seconds, err := strconv.ParseFloat(os.Getenv("SMTP_TIMEOUT"), 64)
	if err != nil {
		seconds = 60
	}
	patience := time.Duration(seconds * float64(time.Second))
	roots := x509.NewCertPool()
	pem, _ := os.ReadFile(os.Getenv("SMTP_CA_FILE"))
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{ServerName: host, RootCAs: roots}
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, os.Getenv("SMTP_PORT")), patience)
	if err != nil {
		return err
	}
	// net/smtp has no time-outs of its own: this one is for silence, as its connection is given to it.
	conn = &patient{conn, patience}
	if os.Getenv("SMTP_TLS") == "implicit" {
		conn = tls.Client(conn, config)
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	defer client.Quit()
	if err := client.Hello(os.Getenv("SMTP_HELO")); err != nil {
		return err
	}
	if os.Getenv("SMTP_TLS") == "starttls" {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return errors.New("the server does not offer STARTTLS")
		}
		if err := client.StartTLS(config); err != nil {
			return err
		}
	}
	if auth != nil {
		if ok, _ := client.Extension("AUTH"); !ok {
			return errors.New("the server does not offer AUTH") // as smtp.SendMail says it
		}
		if err := client.Auth(auth); err != nil {
			return err
		}
	}
	if err := client.Mail(os.Getenv("SMTP_SENDER")); err != nil {
		return err
	}
	var last error
	for _, one := range recipients {
		err := client.Rcpt(one)
		var reply *textproto.Error
		if err != nil && (!errors.As(err, &reply) || reply.Code == 421) {
			told = map[string]string{}
			return err
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			told[one], last = word(err), err
		}
	}
	if len(told) == len(recipients) {
		return last
	}
	writer, err := client.Data()
	if err != nil {
		return err
	}
	message, err := os.ReadFile(os.Getenv("SMTP_MESSAGE_FILE"))
	if err != nil {
		return err
	}
	if _, err := writer.Write(message); err != nil {
		return err
	}
	return writer.Close()
}

// patient is a connection on which a read or a write may take so long.
type patient struct {
	net.Conn
	wait time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	p.Conn.SetReadDeadline(time.Now().Add(p.wait))
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	p.Conn.SetWriteDeadline(time.Now().Add(p.wait))
	return p.Conn.Write(b)
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		fmt.Println("net/smtp of", runtime.Version())
		return
	}
	name := strings.ToLower(os.Getenv("SMTP_AUTH"))
	auth, known := mechanism(name)
	if !known {
		fmt.Fprintln(os.Stderr, "net/smtp has no mechanism", name)
		os.Exit(127)
	}
	recipients := strings.Split(os.Getenv("SMTP_RECIPIENTS"), "\n")
	rest := "accepted"
	if err := deliver(recipients, auth); err != nil {
		fmt.Fprintln(os.Stderr, err)
		rest = word(err)
	}
	worst := map[string]bool{}
	for _, one := range recipients {
		if told[one] == "" {
			told[one] = rest
		}
		worst[told[one]] = true
	}
	if file := os.Getenv("SMTP_RESULT_FILE"); file != "" {
		text, _ := json.Marshal(map[string]any{"messages": []any{map[string]any{"recipients": told}}})
		os.WriteFile(file, text, 0o600)
	}
	switch {
	case worst["permanent"]:
		os.Exit(69)
	case worst["temporary"]:
		os.Exit(75)
	case worst["declined"]:
		os.Exit(1)
	}
}
