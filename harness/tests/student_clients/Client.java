// Its server stands in its text. println() ends lines as the system does: with LF alone on Linux.
import java.io.*;
import java.net.Socket;
import java.util.Base64;

public class Client {
    static BufferedReader in;
    static PrintWriter out;

    static void say(String line) throws IOException {
        out.println(line);
        System.out.println(in.readLine());
    }

    public static void main(String[] args) throws IOException {
        Socket socket = new Socket("smtp.163.com", 25);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
        out = new PrintWriter(socket.getOutputStream(), true);
        System.out.println(in.readLine());
        say("HELO [127.0.0.1]");
        say("AUTH LOGIN");
        say(Base64.getEncoder().encodeToString("zhang@163.com".getBytes()));
        say(Base64.getEncoder().encodeToString("authcode12345".getBytes()));
        say("MAIL FROM:<zhang@163.com>");
        say("RCPT TO:<li@163.com>");
        say("DATA");
        out.println("From: zhang@163.com");
        out.println("Date: Mon, 02 Mar 2026 08:00:00 +0000");
        out.println();
        out.println("Hello");
        say(".");
        say("QUIT");
        socket.close();
    }
}
