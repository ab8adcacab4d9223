import jakarta.mail.*;
import jakarta.mail.internet.*;
import java.util.*;

public class Send {
    public static void main(String[] told) throws Exception {
        if (told.length == 0) return; // is Jakarta Mail there?
        Properties settings = new Properties();
        settings.put("mail.smtp.localhost", told[2]);
        settings.put("mail.smtp.from", told[3]);
        settings.put("mail.smtp.timeout", "3000");
        settings.put("mail.smtp.starttls.enable", told[8].toLowerCase());
        settings.put("mail.smtp.starttls.required", told[8].toLowerCase());
        settings.put("mail.smtp.auth", String.valueOf(!told[5].isEmpty()));
        settings.put("mail.smtp.auth.mechanisms", told[5]);
        Session session = Session.getInstance(settings);
        Message message = new MimeMessage(session, System.in);
        Transport transport = session.getTransport("smtp");
        String user = told[5].isEmpty() ? null : told[6], password = told[5].isEmpty() ? null : told[7];
        try {
            transport.connect(told[0], Integer.parseInt(told[1]), user, password);
            transport.sendMessage(message, InternetAddress.parse(told[4]));
        } catch (MessagingException error) {
            System.err.println(error);
            System.exit(1);
        } finally {
            transport.close();
        }
    }
}
