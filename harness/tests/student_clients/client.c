/* Its server stands in its text. Sends strlen + 1 octets: the NUL at the end of every string goes out, too. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int sock;

static void say(const char *line)
{
    char answer[1024];
    if (line)
        write(sock, line, strlen(line) + 1);
    int length = read(sock, answer, sizeof answer - 1);
    if (length > 0)
        printf("%.*s", length, answer);
}

int main(void)
{
    struct hostent *host = gethostbyname("smtp.163.com");
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(25)};
    memcpy(&to.sin_addr, host->h_addr, 4);
    sock = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(sock, (struct sockaddr *)&to, sizeof to))
        return 1;
    say(NULL);
    say("HELO [127.0.0.1]\r\n");
    say("AUTH LOGIN\r\n");
    say("emhhbmdAMTYzLmNvbQ==\r\n");
    say("YXV0aGNvZGUxMjM0NQ==\r\n");
    say("MAIL FROM:<zhang@163.com>\r\n");
    say("RCPT TO:<li@163.com>\r\n");
    say("DATA\r\n");
    say("From: zhang@163.com\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\nHello\r\n.\r\n");
    say("QUIT\r\n");
    return 0;
}
