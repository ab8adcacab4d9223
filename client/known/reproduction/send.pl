use Net::SMTP;
my ($host, $port, $helo, $from, $to, $auth, $user, $pass, $ca) = @ARGV;
my $smtp = Net::SMTP->new($host, Port => $port, Hello => $helo, Timeout => 10) or die "$@\n";
sub end { my $why = $smtp->code . ' ' . $smtp->message; $smtp->quit; die "$why\n" }
$smtp->starttls(SSL_ca_file => $ca) or die "no TLS\n" if $ca =~ /pem$/;
if ($auth) {
    require Authen::SASL;
    my %told = (user => $user, pass => $pass, authname => '');
    $smtp->auth(Authen::SASL->new(mechanism => $auth, callback => \%told)) or end;
}
$smtp->mail($from) or end;
$smtp->to(split /,/, $to) or end;
$smtp->data or end;
$smtp->datasend(join '', <STDIN>) or end;
$smtp->dataend or end;
$smtp->quit;
