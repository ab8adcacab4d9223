<?php
require 'libphp-phpmailer/autoload.php';
[, $host, $port, $helo, $from, $to, $auth, $user, $pass, $ca] = $argv;
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
[$mail->Host, $mail->Port, $mail->Helo, $mail->SMTPAutoTLS] = [$host, (int) $port, $helo, false];
[$mail->Timeout, $mail->getSMTPInstance()->Timelimit] = [3, 3];
if ($auth !== '') {
    [$mail->SMTPAuth, $mail->AuthType, $mail->Username, $mail->Password] = [true, $auth, $user, $pass];
}
if (str_ends_with($ca, '.pem')) {
    [$mail->SMTPSecure, $mail->SMTPOptions] = ['tls', ['ssl' => ['cafile' => $ca]]];
}
$mail->setFrom($from);
$mail->addAddress($to);
[$mail->Subject, $mail->Body] = ['x', 'hello'];
try {
    $mail->send();
} catch (Exception $error) {
    fwrite(STDERR, $error->getMessage());
    exit(1);
}
