import jakarta.mail.Address;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

/**
 * Sends a job with Jakarta Mail, as its documentation shows: a Session with properties, `connect`, `sendMessage`, `close`.
 *
 * The job is read from SMTP_* variables. Exit status: 0 accepted, 75 temporary, 69 permanent, 127 no such mechanism,
 * 1 otherwise. One outcome for all recipients, the worst.
 */
public class JakartaMailClient {
    private static String job(String name, String other) {
        return System.getenv().getOrDefault("SMTP_" + name, other);
    }

    public static void main(String[] words) throws Exception {
        if (words.length > 0 && words[0].equals("--version")) {
            String version = MimeMessage.class.getPackage().getImplementationVersion();
            System.out.println("Jakarta Mail " + version + " (Java " + System.getProperty("java.version") + ")");
            return;
        }
        String auth = job("AUTH", "none").toLowerCase();
        if (!List.of("none", "plain", "login").contains(auth)) {
            System.err.println("this driver knows no mechanism " + auth + " of Jakarta Mail");
            System.exit(127);
        }
        try {
            send(auth);
        } catch (MessagingException error) {
            System.err.println(error);
            System.exit(outcome(error));
        }
    }

    private static void send(String auth) throws Exception {
        String tls = job("TLS", "none");
        String wait = String.valueOf((long) (1000 * Double.parseDouble(job("TIMEOUT", "60"))));
        Properties told = new Properties();
        String kind = tls.equals("implicit") ? "smtps" : "smtp";
        String mail = "mail." + kind + ".";
        told.put(mail + "localhost", job("HELO", "localhost"));
        told.put(mail + "from", job("SENDER", "").isEmpty() ? "<>" : job("SENDER", ""));
        for (String one : List.of("timeout", "connectiontimeout", "writetimeout")) told.put(mail + one, wait);
        told.put(mail + "sendpartial", "true");
        told.put(mail + "starttls.enable", String.valueOf(tls.equals("starttls")));
        told.put(mail + "starttls.required", String.valueOf(tls.equals("starttls")));
        told.put(mail + "ssl.checkserveridentity", "true");
        if (!tls.equals("none")) told.put(mail + "ssl.socketFactory", trusting(job("CA_FILE", "")).getSocketFactory());
        told.put(mail + "auth", String.valueOf(!auth.equals("none")));
        told.put(mail + "auth.mechanisms", auth.toUpperCase());
        Session session = Session.getInstance(told);
        MimeMessage message;
        try (FileInputStream octets = new FileInputStream(job("MESSAGE_FILE", ""))) {
            message = new MimeMessage(session, octets);
        }
        List<Address> recipients = new ArrayList<>();
        for (String one : job("RECIPIENTS", "").split("\n")) recipients.add(new InternetAddress(one, false));
        Transport transport = session.getTransport(kind);
        try {
            boolean known = !auth.equals("none");
            transport.connect(job("HOST", ""), Integer.parseInt(job("PORT", "25")),
                known ? job("USERNAME", "") : null, known ? job("PASSWORD", "") : null);
            transport.sendMessage(message, recipients.toArray(new Address[0]));
        } finally {
            try {
                transport.close();
            } catch (MessagingException error) {
                System.err.println(error); // QUIT changes nothing
            }
        }
    }

    private static SSLContext trusting(String file) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var octets = Files.newInputStream(Path.of(file))) {
            int number = 0;
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(octets)) {
                store.setCertificateEntry("ca" + number++, one);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    /** The exit status: by the codes of the whole chain of exceptions, the permanent before the temporary. */
    private static int outcome(MessagingException first) throws ReflectiveOperationException {
        boolean temporary = false, lost = false, untrusted = false;
        for (Exception error = first; error != null; error = next(error)) {
            int code = code(error);
            if (code / 100 == 5) return 69;
            temporary |= code / 100 == 4;
            untrusted |= error instanceof SSLException;
            lost |= error instanceof IOException || String.valueOf(error.getMessage()).contains("EOF");
        }
        return temporary || (lost && !untrusted) ? 75 : 1;
    }

    private static Exception next(Exception error) {
        return error instanceof MessagingException mail ? mail.getNextException() : null;
    }

    /** A reply code: `getReturnCode` where an exception has it, else digits in its text. */
    private static int code(Exception error) throws ReflectiveOperationException {
        if (error instanceof SendFailedException && hasCode(error)) {
            return (int) error.getClass().getMethod("getReturnCode").invoke(error);
        }
        Matcher digits = Pattern.compile("(?:^|response: |: )([45][0-9][0-9])\\b").matcher(String.valueOf(error.getMessage()));
        return digits.find() ? Integer.parseInt(digits.group(1)) : 0;
    }

    private static boolean hasCode(Exception error) {
        for (var one : error.getClass().getMethods()) if (one.getName().equals("getReturnCode")) return true;
        return false;
    }
}
