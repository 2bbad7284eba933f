#!/bin/bash
# Serves one page; runs once, when the machine is made.
dnf install -y httpd
echo '<h1>It runs.</h1>' > /var/www/html/index.html
systemctl enable --now httpd
