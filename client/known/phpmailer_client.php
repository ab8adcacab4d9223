<?php
// Sends a job with PHPMailer: its own `postSend` speaks SMTP, and the message is given to it whole.
//
// The job is read from SMTP_* variables. Exit status: 0 accepted, 127 what PHPMailer cannot say (no such mechanism,
// no sender), 126 where there is no PHPMailer, 1 otherwise. One outcome for all recipients.
declare(strict_types=1);

@include_once 'libphp-phpmailer/autoload.php'; // Debian's
if (!class_exists('PHPMailer\PHPMailer\PHPMailer')) {
    fwrite(STDERR, "PHPMailer is not installed; get it with: apt-get install php-cli libphp-phpmailer\n");
    exit(126);
}
use PHPMailer\PHPMailer\PHPMailer;

if (($argv[1] ?? '') === '--version') {
    echo 'PHPMailer ', PHPMailer::VERSION, ' (PHP ', PHP_VERSION, ")\n";
    exit(0);
}

class Whole extends PHPMailer
{
    /**
     * Takes a message with its header, octet for octet, where `preSend` would compose one. The last line end is left
     * out, because PHPMailer ends every line itself, the one between header and body too: it must have a body.
     */
    public function takes(string $message): bool
    {
        $parts = preg_split('/\r?\n\r?\n/', $message, 2);
        $this->MIMEHeader = $parts[0] . "\r\n";
        $this->MIMEBody = preg_replace('/\r?\n\z/', '', $parts[1] ?? '');
        return ($parts[1] ?? '') !== '';
    }
}

function job(string $name, string $other = ''): string
{
    $value = getenv("SMTP_$name");
    return $value === false ? $other : $value;
}

$auth = strtolower(job('AUTH', 'none'));
if (!in_array($auth, ['none', 'plain', 'login', 'cram-md5'], true)) {
    fwrite(STDERR, "this driver knows no mechanism $auth of PHPMailer\n");
    exit(127);
}
if (job('SENDER') === '') {
    fwrite(STDERR, "PHPMailer cannot send without a sender\n");
    exit(127);
}
$mail = new Whole(true);
$mail->isSMTP();
$mail->Host = job('HOST');
$mail->Port = (int) job('PORT');
$mail->Helo = job('HELO');
$mail->Timeout = (int) ceil((float) job('TIMEOUT', '60')); // whole seconds are all it takes
$mail->getSMTPInstance()->Timelimit = $mail->Timeout; // how long it waits for a reply; Timeout is about connecting
$mail->SMTPAutoTLS = false;
$mail->SMTPSecure = ['none' => '', 'starttls' => 'tls', 'implicit' => 'ssl'][job('TLS', 'none')];
if (job('CA_FILE') !== '') {
    $mail->SMTPOptions = ['ssl' => ['cafile' => job('CA_FILE')]];
}
if ($auth !== 'none') {
    $mail->SMTPAuth = true;
    $mail->AuthType = strtoupper($auth);
    $mail->Username = job('USERNAME');
    $mail->Password = job('PASSWORD');
}
try {
    $mail->setFrom(job('SENDER'));
    foreach (explode("\n", job('RECIPIENTS')) as $one) {
        $mail->addAddress($one);
    }
    if (!$mail->takes(file_get_contents(job('MESSAGE_FILE')))) {
        fwrite(STDERR, "this driver cannot give PHPMailer a message without a body\n");
        exit(127);
    }
    $mail->postSend();
    exit(0);
} catch (Exception $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(1); // what the server said of a recipient is lost by now: QUIT was said since
}
